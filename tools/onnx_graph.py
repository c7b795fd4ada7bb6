"""Reads tensors and operators of an ONNX file, for tools/weights.py: enough for weights, without the package onnx.

Source: onnx.proto of github.com/onnx/onnx for the field numbers, protobuf's "Encoding" for the wire format.
"""
import numpy as np

FLOAT32 = 1


def protobuf_fields(data):
    """(field number, value) of a message in protobuf's wire format; a value is an int or a memoryview of bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            yield key >> 3, varint()
            continue
        size = {1: 8, 5: 4}.get(kind) or varint()
        yield key >> 3, data[at:at + size]
        at += size


def texts(fields, number):
    return [bytes(value).decode() for field, value in fields if field == number]


def read_onnx(data):
    """({name: float32 array} of the initialisers, [(operator, inputs, outputs)] in the graph's order)."""
    graph = next(value for field, value in protobuf_fields(memoryview(data)) if field == 7)
    arrays, nodes = {}, []
    for field, value in protobuf_fields(graph):
        if field not in (1, 5):
            continue
        fields = list(protobuf_fields(value))
        if field == 1:
            nodes.append((texts(fields, 4)[0], texts(fields, 1), texts(fields, 2)))
            continue
        kind = [v for f, v in fields if f == 2]
        raw = [v for f, v in fields if f == 9]
        if kind == [FLOAT32] and raw:
            shape = [v for f, v in fields if f == 1]
            arrays[texts(fields, 8)[0]] = np.frombuffer(raw[0], "<f4").reshape(shape)
    return arrays, nodes
