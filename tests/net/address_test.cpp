#include "net/address.h"

#include "core/error.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::net {
namespace {

using testing::HasSubstr;

using tests::error_of;

TEST(Address, ShortFormsAreWrittenOut) {
  EXPECT_EQ(parse_address("127.0.0.1:5555", false), "tcp://127.0.0.1:5555");
  EXPECT_EQ(parse_address("tcp://host.example:1", false), "tcp://host.example:1");
  EXPECT_EQ(parse_address("[::1]:65535", false), "tcp://[::1]:65535");
  EXPECT_EQ(parse_address("ipc:///tmp/socket", false), "ipc:///tmp/socket");
  EXPECT_EQ(parse_address("127.0.0.1:0", true), "tcp://127.0.0.1:0");
  EXPECT_EQ(parse_address("*:*", true), "tcp://*:*");
}

TEST(Address, WhatIsNoneIsRefusedByName) {
  for (const char* text : {"", "localhost", "localhost:", "localhost:x", "localhost:65536", "localhost:-1", ":5",
                           "a b:5", "inproc://x", "udp://127.0.0.1:5", "ipc://", "tcp://", "localhost:0", "*:5"}) {
    EXPECT_THAT(error_of([&] { static_cast<void>(parse_address(text, false)); }),
                HasSubstr("\"" + std::string(text) + "\" is no address"));
  }
  EXPECT_THAT(error_of([] { static_cast<void>(parse_address("ipc://" + std::string(108, 'x'), false)); }),
              HasSubstr("108 characters"));
}

TEST(Address, OnlyThisMachineIsLocal) {
  for (const char* text : {"tcp://127.0.0.1:5", "tcp://127.8.9.255:5", "tcp://localhost:5", "tcp://[::1]:5", "ipc://x"})
    EXPECT_TRUE(is_local(text)) << text;
  for (const char* text : {"tcp://*:5", "tcp://0.0.0.0:5", "tcp://10.0.0.1:5", "tcp://127.0.0.1.evil.example:5",
                           "tcp://127.0.0.256:5", "tcp://127.0.0:5", "tcp://localhost.example:5", "tcp://[::]:5"})
    EXPECT_FALSE(is_local(text)) << text;
}

TEST(Address, OthersDemandKeysAndSayHowTheyAreMade) {
  EXPECT_EQ(error_of([] { require_keys("tcp://127.0.0.1:5", false, true); }), "");
  EXPECT_EQ(error_of([] { require_keys("tcp://*:5", true, true); }), "");
  for (const bool for_bind : {false, true}) {
    const std::string error = error_of([&] { require_keys("tcp://10.0.0.1:5", false, for_bind); });
    EXPECT_THAT(error, HasSubstr("tcp://10.0.0.1:5"));
    EXPECT_THAT(error, HasSubstr("atoll serve --make-keys"));
  }
}

}  // namespace
}  // namespace atl::net
