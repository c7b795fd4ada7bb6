#include "agent/safetensors.h"

#include "core/error.h"
#include "core/files.h"
#include "tests/run_python.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::agent {
namespace {

using testing::HasSubstr;

std::map<std::string, at::Tensor> samples() {
  std::map<std::string, at::Tensor> tensors;
  tensors["matrix"] = at::arange(6, at::kFloat).view({2, 3});
  tensors["transposed"] = at::arange(6, at::kDouble).view({2, 3}).t();
  tensors["steps"] = at::arange(3, at::kLong);
  tensors["bits"] = at::ones({5}, at::kBool);
  tensors["half"] = at::arange(3, at::kHalf);
  tensors["brain"] = at::arange(3, at::kBFloat16);
  tensors["bytes"] = at::arange(3, at::kByte);
  tensors["scalar"] = at::ones({}, at::kFloat);
  tensors["empty"] = at::empty({0, 4}, at::kFloat);
  return tensors;
}

std::string file_of(const std::string& header, std::string_view data) {
  std::string bytes;
  for (std::size_t i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(header.size() >> (8 * i) & 0xff));
  return bytes + header + std::string(data);
}

std::string rejection(std::string_view bytes) {
  try {
    static_cast<void>(parse_tensors(bytes, "FILE"));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFormat);
    EXPECT_THAT(error.what(), HasSubstr("cannot read FILE as safetensors: "));
    return error.what();
  }
  return "accepted";
}

TEST(Safetensors, ComesBackAsItWas) {
  const TemporaryFolder folder;
  save_tensors(folder.path() / "x.safetensors", samples(), {{"step", "12"}});
  const TensorFile file = load_tensors(folder.path() / "x.safetensors");
  EXPECT_EQ(file.metadata, (std::map<std::string, std::string>{{"step", "12"}}));
  ASSERT_EQ(file.tensors.size(), samples().size());
  for (const auto& [name, tensor] : samples()) {
    EXPECT_EQ(file.tensors.at(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(file.tensors.at(name).equal(tensor)) << name;
  }
}

TEST(Safetensors, PythonReadsOurFile) {
  const TemporaryFolder folder;
  save_tensors(folder.path() / "x.safetensors", samples(), {{"step", "12"}});
  tests::run_python(R"(
import numpy, sys
from safetensors import safe_open
with safe_open(sys.argv[1], "np") as f:
    assert f.metadata() == {"step": "12"}, f.metadata()
    names = sorted(f.keys())
    assert f.get_slice("brain").get_dtype() == "BF16" and f.get_slice("brain").get_shape() == [3]
    t = {k: f.get_tensor(k) for k in names if k != "brain"}
assert names == ["bits", "brain", "bytes", "empty", "half", "matrix", "scalar", "steps", "transposed"], names
def same(name, expected):
    assert t[name].dtype == expected.dtype and numpy.array_equal(t[name], expected), (name, t[name])
same("matrix", numpy.arange(6, dtype="float32").reshape(2, 3))
same("transposed", numpy.arange(6, dtype="float64").reshape(2, 3).T)
same("steps", numpy.arange(3))
same("bits", numpy.ones(5, dtype="bool"))
same("half", numpy.arange(3, dtype="float16"))
same("scalar", numpy.ones((), dtype="float32"))
assert t["empty"].shape == (0, 4)
)",
                    {(folder.path() / "x.safetensors").string()});
}

TEST(Safetensors, ReadsAFileThatPythonWrote) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "x.safetensors").string();
  tests::run_python(R"(
import numpy, sys
from safetensors.numpy import save_file
save_file({"a": numpy.arange(6, dtype="float32").reshape(2, 3), "b": numpy.arange(3), "c": numpy.arange(4, dtype="float16"),
           "d": numpy.array([True, False])}, sys.argv[1], metadata={"made": "by python"})
)",
                    {path});
  const TensorFile file = load_tensors(path);
  EXPECT_EQ(file.metadata.at("made"), "by python");
  EXPECT_TRUE(file.tensors.at("a").equal(at::arange(6, at::kFloat).view({2, 3})));
  EXPECT_TRUE(file.tensors.at("b").equal(at::arange(3, at::kLong)));
  EXPECT_TRUE(file.tensors.at("c").equal(at::arange(4, at::kHalf)));
  EXPECT_TRUE(file.tensors.at("d")[0].item<bool>());
  EXPECT_FALSE(file.tensors.at("d")[1].item<bool>());
}

TEST(Safetensors, EveryCutIsRefused) {
  const std::string bytes = serialise_tensors({{"matrix", at::arange(6, at::kFloat)}});
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(rejection(std::string_view(bytes).substr(0, size)), "accepted") << size;
  EXPECT_THAT(rejection(""), HasSubstr("it has 0 bytes, expected at least 8"));
  EXPECT_THAT(rejection(std::string_view(bytes).substr(0, bytes.size() - 1)),
              HasSubstr("but 23 follow the header: the file is cut short"));
  EXPECT_THAT(rejection(bytes + "x"), HasSubstr("the file is too long"));
}

TEST(Safetensors, NamesWhatIsWrongWithAHeader) {
  const auto one = [](std::string_view entry) { return file_of(fmt::format(R"({{"t":{}}})", entry), "12345678"); };
  EXPECT_THAT(rejection(std::string(8, '\xff')),
              HasSubstr("its header would have 18446744073709551615 bytes, expected at most 100000000"));
  EXPECT_THAT(rejection(std::string("\x20\0\0\0\0\0\0\0{}", 10)),
              HasSubstr("its header would have 32 bytes, but 2 follow"));
  EXPECT_THAT(rejection(file_of("{", "")), HasSubstr("its header is no JSON"));
  EXPECT_THAT(rejection(file_of("[]", "")), HasSubstr("its header is no JSON object"));
  EXPECT_THAT(rejection(one("3")), HasSubstr("the tensor t has no dtype"));
  EXPECT_THAT(rejection(one(R"({"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]})")),
              HasSubstr("the tensor t has dtype \"F8_E4M3\", expected one of F64, I64, F32"));
  EXPECT_THAT(rejection(one(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})")),
              HasSubstr("the tensor t has shape [-2], expected a list of whole numbers"));
  EXPECT_THAT(rejection(one(R"({"dtype":"F32","shape":[2]})")), HasSubstr("the tensor t has no data_offsets"));
  EXPECT_THAT(rejection(one(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})")), HasSubstr("data_offsets [8, 0]"));
  EXPECT_THAT(rejection(one(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})")),
              HasSubstr("the tensor t takes 8 bytes, but its shape [3] of Float needs 12"));
  EXPECT_THAT(rejection(one(R"({"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]})")),
              HasSubstr("the tensor t is larger than any memory"));
  EXPECT_THAT(rejection(file_of(R"({"__metadata__":{"a":1}})", "")),
              HasSubstr("__metadata__ has a = 1, expected a string"));
}

TEST(Safetensors, RefusesOverlapsHolesAndDoubles) {
  const auto two = [](std::string_view name, int begin) {
    return file_of(
        fmt::format(
            R"({{"a":{{"dtype":"F32","shape":[2],"data_offsets":[0,8]}},"{}":{{"dtype":"F32","shape":[1],"data_offsets":[{},{}]}}}})",
            name, begin, begin + 4),
        "123456789012");
  };
  EXPECT_EQ(rejection(two("b", 8)), "accepted");
  EXPECT_THAT(rejection(two("b", 4)), HasSubstr("the tensor b begins at byte 4 of the data, expected 8"));
  EXPECT_THAT(rejection(two("b", 9)), HasSubstr("the tensor b begins at byte 9 of the data, expected 8"));
  EXPECT_THAT(rejection(two("a", 8)), HasSubstr("the tensor a is named twice"));
}

TEST(Safetensors, RefusesATypeItCannotStore) {
  try {
    static_cast<void>(serialise_tensors({{"z", at::ones({2}, at::kComplexFloat)}}));
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot store the tensor z"));
  }
}

}  // namespace
}  // namespace atl::agent
