"""Header, addresses and bodies, against the numbers of docs/remote.md and the C++ sources."""

import re
import unittest

import msgpack
from support import ROOT

import atoll
from atoll import _protocol as protocol


class Controls(unittest.TestCase):
    def test_are_those_of_core_in_the_same_order(self):
        text = (ROOT / "core" / "controls.cpp").read_text()
        self.assertEqual(tuple(re.findall(r'\{"([a-z0-9_]+)",\s*(?:KEY|BTN)_', text)), atoll.CONTROLS)


class Header(unittest.TestCase):
    def test_verbs_and_statuses_are_those_of_net(self):
        text = (ROOT / "net" / "header.h").read_text()
        for name, python in (("Verb", protocol.Verb), ("Status", protocol.Status)):
            block = re.search(rf"enum class {name} [^{{]*\{{(.*?)\}};", text, re.S)[1]
            theirs = {re.sub(r"(?<!^)([A-Z])", r"_\1", n).upper(): int(v) for n, v in re.findall(r"k(\w+) = (\d+)", block)}
            self.assertEqual(theirs, {member.name: member.value for member in python})

    def test_comes_back_as_it_was(self):
        sent = protocol.Message(protocol.Verb.STEP, 1, 2, 3, 4, protocol.Status.ORDER, -5, 6, {"a": [1, "x"]}, [b"raw"])
        self.assertEqual(protocol.parse(sent.to_parts()), sent)

    def test_flaws_are_named(self):
        whole = protocol.Message(protocol.Verb.STEP).to_parts()

        def flaw(at, value):
            header = bytearray(whole[0])
            header[at] = value
            with self.assertRaises(protocol.ProtocolError) as caught:
                protocol.parse([bytes(header), whole[1]])
            return caught.exception.reason

        self.assertIn("ATLM", flaw(0, 0))
        self.assertIn("version 9", flaw(4, 9))
        self.assertIn("verb 99", flaw(6, 99))
        self.assertIn("flags 0x1", flaw(32, 1))
        self.assertIn("2 parts, its header says 7", flaw(48, 7))
        self.assertIn("not zero", flaw(60, 1))
        for body in (b"\xc1", msgpack.packb([1]), b"\x91" * 60000, msgpack.packb({1: 2})):
            with self.assertRaises(protocol.ProtocolError):
                protocol.parse([whole[0], body])


class Addresses(unittest.TestCase):
    def test_beyond_this_machine_keys_are_demanded(self):
        self.assertEqual(protocol.parse_address("127.0.0.1:5", False, False), "tcp://127.0.0.1:5")
        self.assertEqual(protocol.parse_address("10.0.0.1:5", True, False), "tcp://10.0.0.1:5")
        for text in ("10.0.0.1:5", "*:5", "127.0.0.1.example:5"):
            with self.assertRaisesRegex(ValueError, "atoll serve --make-keys"):
                protocol.parse_address(text, False, True)
        for text in ("", "localhost", "udp://127.0.0.1:5", "localhost:x"):
            with self.assertRaisesRegex(ValueError, "is no address"):
                protocol.parse_address(text, False, False)


if __name__ == "__main__":
    unittest.main()
