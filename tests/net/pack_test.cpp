#include "net/pack.h"

#include "core/error.h"
#include "core/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace atl::net {

struct Inner {
  int n = 1;
  std::string text = "a";
  friend bool operator==(const Inner&, const Inner&) = default;
};
void describe(ConfigVisitor& v, Inner& inner) {
  v.field("n", &inner.n, {.min = -5, .max = 70000});
  v.field("text", &inner.text);
}

struct Sample {
  bool flag = true;
  int small = -3;
  std::int64_t wide = std::numeric_limits<std::int64_t>::min();
  std::uint64_t seed = std::numeric_limits<std::uint64_t>::max();
  double real = 0.1;
  std::string text = "rot \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80";
  std::vector<int> ints{-1, 0, 127, 128, 255, 256, 65535, 65536, -32, -33, -128, -129, -32768, -32769};
  std::vector<double> reals{1.5, -2e300};
  std::vector<std::string> texts{"", std::string(31, 'x'), std::string(32, 'y'), std::string(300, 'z')};
  Inner inner{};
  std::vector<Inner> list{{2, "b"}, {3, "c"}};
  friend bool operator==(const Sample&, const Sample&) = default;
};
void describe(ConfigVisitor& v, Sample& s) {
  v.field("flag", &s.flag);
  v.field("small", &s.small);
  v.field("wide", &s.wide);
  v.field("seed", &s.seed);
  v.field("real", &s.real);
  v.field("text", &s.text);
  v.field("ints", &s.ints);
  v.field("reals", &s.reals);
  v.field("texts", &s.texts);
  v.table("inner", s.inner);
  v.list("list", s.list);
}

namespace {

using testing::HasSubstr;

std::string problem_of(const Bytes& bytes, const PackLimits& limits = {}) {
  try {
    static_cast<void>(unpack<Inner>(bytes, "BODY", limits));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFormat);
    return error.what();
  }
  return "";
}

TEST(Pack, EveryKindOfFieldComesBack) {
  const Sample defaults;
  EXPECT_EQ(unpack<Sample>(pack(defaults), "BODY"), defaults);
  Sample other;
  other.flag = false;
  other.small = 70000;
  other.wide = 5;
  other.real = -0.0;
  other.ints.assign(70000, 3);  // more than an array16 holds
  other.list.clear();
  EXPECT_EQ(unpack<Sample>(pack(other), "BODY", {.max_bytes = 1 << 20, .max_values = 1 << 20}), other);
}

TEST(Pack, MissingFieldsKeepTheirDefaults) {
  EXPECT_EQ(unpack<Inner>({}, "BODY"), Inner{});
  const Bytes empty_map{0x80};
  EXPECT_EQ(unpack<Inner>(empty_map, "BODY"), Inner{});
}

TEST(Pack, EachFlawIsNamed) {
  EXPECT_THAT(problem_of({0x81, 0xa1, 'n', 0xc3}), HasSubstr("n is true, expected a whole number"));
  EXPECT_THAT(problem_of({0x81, 0xa1, 'n', 0xfa}), HasSubstr("n is -6, expected -5 to 70000"));
  EXPECT_THAT(problem_of({0x81, 0xa1, 'n', 0xcf, 255, 255, 255, 255, 255, 255, 255, 255}),
              HasSubstr("n is 18446744073709551615"));
  EXPECT_THAT(problem_of({0x81, 0xa1, 'm', 0x01}), HasSubstr("m is unknown; the nearest known key is \"n\""));
  EXPECT_THAT(problem_of({0x82, 0xa1, 'n', 0x01, 0xa1, 'n', 0x02}), HasSubstr("n is there twice"));
  EXPECT_THAT(problem_of({0x81, 0x01, 0x01}), HasSubstr("the key 1, expected text"));
  EXPECT_THAT(problem_of({0x90}), HasSubstr("an array of 0, expected a map"));
  EXPECT_THAT(problem_of({0x80, 0x80}), HasSubstr("goes on for 1 bytes"));
  EXPECT_THAT(problem_of({0x81, 0xa4, 't', 'e', 'x', 't', 0xa1, 0xff}), HasSubstr("no UTF-8"));
  EXPECT_THAT(problem_of({0x81, 0xa4, 't', 'e', 'x', 't', 0xc4, 0x00}), HasSubstr("type 0xc4"));
  EXPECT_THAT(problem_of({0x81, 0xa4, 't', 'e', 'x', 't', 0xdb, 255, 255, 255, 255}), HasSubstr("were announced"));
  EXPECT_THAT(problem_of({0xdf, 255, 255, 255, 255}), HasSubstr("announces 8589934590 values"));
  EXPECT_THAT(problem_of(Bytes(70000, 0x80)), HasSubstr("70000 bytes, expected at most 65536"));
}

TEST(Pack, NumbersThatAreNoneAreRefused) {
  for (const double value : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    Sample sample;
    sample.real = value;
    EXPECT_THROW(static_cast<void>(unpack<Sample>(pack(sample), "BODY")), Error);
  }
}

TEST(Pack, DepthAndCountAreBounded) {
  Bytes deep(60000, 0x91);  // an array in an array in ...
  deep.insert(deep.begin(), {0x81, 0xa1, 'n'});
  EXPECT_THAT(problem_of(deep), HasSubstr("nested deeper than 8"));
  Bytes many{0x81, 0xa1, 'n', 0xdc, 0x40, 0x00};
  many.insert(many.end(), 0x4000, 0x01);
  EXPECT_THAT(problem_of(many), HasSubstr("more than 8192 values"));
}

TEST(Pack, EveryCutAndTenThousandMutationsAreReadOrRefused) {
  const Sample sample;
  const Bytes whole = pack(sample);
  for (std::size_t size = 1; size < whole.size(); ++size)
    EXPECT_THROW(static_cast<void>(unpack<Sample>(std::span(whole).first(size), "BODY")), Error) << size;
  Random random(1);
  int refused = 0;
  for (int i = 0; i < 10000; ++i) {
    Bytes bytes = whole;
    for (std::uint32_t n = 1 + random.below(4); n > 0; --n)
      bytes[random.below(static_cast<std::uint32_t>(bytes.size()))] = static_cast<std::uint8_t>(random());
    try {
      static_cast<void>(unpack<Sample>(bytes, "BODY"));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kFormat);
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace atl::net
