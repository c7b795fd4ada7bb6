#include "net/header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::net {
namespace {

using testing::HasSubstr;

Header sample() {
  return {.verb = Verb::kStep,
          .env_id = 0x01020304,
          .agent_id = 5,
          .request_id = 0x0102030405060708,
          .tick = 9,
          .flags = 0,
          .status = Status::kOrder,
          .t_ns = -10,
          .n_parts = 3,
          .episode = 11};
}

TEST(Header, LiesAsTheProtocolSays) {
  const auto bytes = encode(sample());
  const std::array<std::uint8_t, 24> begin{'A', 'T', 'L', 'M', 1, 0, 4, 0, 4, 3, 2, 1,
                                           5,   0,   0,   0,   8, 7, 6, 5, 4, 3, 2, 1};
  EXPECT_TRUE(std::equal(begin.begin(), begin.end(), bytes.begin()));
  EXPECT_EQ(bytes[24], 9);    // tick
  EXPECT_EQ(bytes[36], 5);    // status
  EXPECT_EQ(bytes[40], 246);  // t_ns
  EXPECT_EQ(bytes[47], 255);
  EXPECT_EQ(bytes[48], 3);   // n_parts
  EXPECT_EQ(bytes[52], 11);  // episode
}

TEST(Header, ComesBackAsItWas) {
  const Header in = sample();
  Header out;
  ASSERT_FALSE(decode(encode(in), out));
  EXPECT_EQ(encode(out), encode(in));
  EXPECT_EQ(out.t_ns, -10);
  EXPECT_EQ(out.request_id, in.request_id);
}

TEST(Header, EachFlawIsNamed) {
  const auto refusal_of = [](std::size_t at, std::uint8_t value) {
    auto bytes = encode(sample());
    bytes[at] = value;
    Header header;
    return decode(bytes, header);
  };
  ASSERT_TRUE(refusal_of(0, 'X'));
  EXPECT_THAT(refusal_of(0, 'X')->reason, HasSubstr("ATLM"));
  EXPECT_EQ(refusal_of(4, 2)->status, Status::kVersion);
  EXPECT_THAT(refusal_of(4, 2)->reason, HasSubstr("version 2"));
  EXPECT_THAT(refusal_of(6, 0)->reason, HasSubstr("verb 0"));
  EXPECT_THAT(refusal_of(6, 24)->reason, HasSubstr("verb 24"));
  EXPECT_THAT(refusal_of(32, 1)->reason, HasSubstr("flags 0x1"));
  EXPECT_THAT(refusal_of(36, 10)->reason, HasSubstr("status 10"));
  EXPECT_THAT(refusal_of(63, 1)->reason, HasSubstr("56 to 63"));
  Header header;
  const auto bytes = encode(sample());
  for (const std::size_t size : {std::size_t{0}, std::size_t{63}})
    EXPECT_THAT(decode(std::span(bytes).first(size), header)->reason, HasSubstr("expected 64"));
}

TEST(Header, ARefusedOneStillTellsWhichRequestItWas) {
  auto bytes = encode(sample());
  bytes[6] = 99;
  Header header;
  ASSERT_TRUE(decode(bytes, header));
  EXPECT_EQ(header.request_id, sample().request_id);
  EXPECT_EQ(header.env_id, sample().env_id);
}

}  // namespace
}  // namespace atl::net
