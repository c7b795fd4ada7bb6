// Bytes of a replicated log's messages: there and back, and whatever else may come from a network.
#include "distributed/log_message.h"

#include "core/error.h"
#include "core/random.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::distributed {
namespace {

using testing::HasSubstr;

LogMessage example() {
  return {.verb = LogVerb::kSnapshot,
          .is_yes = true,
          .from = 1,
          .to = ~std::uint64_t{0},
          .group = 3,
          .term = 4,
          .index = 5,
          .index_term = 6,
          .commit = 7,
          .entries = {{.term = 1, .kind = LogEntryKind::kNothing, .body = {}},
                      {.term = 2, .kind = LogEntryKind::kData, .body = {1, 2, 3}}},
          .snapshot = {9, 8, 7, 6}};
}

std::string error_with(std::size_t at, std::uint8_t value) {
  Bytes bytes = encode(example());
  bytes[at] = value;
  return tests::error_of([&] { static_cast<void>(decode_log_message(bytes)); });
}

TEST(ReplicatedLogMessage, ComesBackAsItWas) {
  EXPECT_EQ(decode_log_message(encode(example())), example());
  EXPECT_EQ(decode_log_message(encode(LogMessage{})), LogMessage{});
  EXPECT_EQ(encode(LogMessage{}).size(), 80U);
}

TEST(ReplicatedLogMessage, SaysWhatIsWrong) {
  EXPECT_THAT(error_with(0, 'B'), HasSubstr("\"ALM1\""));
  EXPECT_THAT(error_with(4, 10), HasSubstr("the verb is 10, expected 1 .. 9"));
  EXPECT_THAT(error_with(4, 0), HasSubstr("the verb is 0"));
  EXPECT_THAT(error_with(5, 2), HasSubstr("the answer is 2"));
  EXPECT_THAT(error_with(64, 9), HasSubstr("number of entries is 9"));
  EXPECT_THAT(error_with(67, 255), HasSubstr("number of entries is"));
  EXPECT_THAT(error_with(79, 255), HasSubstr("4 are there"));
  EXPECT_THAT(error_with(72, 3), HasSubstr("behind the end is 1"));
  EXPECT_THAT(error_with(80 + 12, 3), HasSubstr("kind of an entry is 3"));
  EXPECT_THAT(error_with(80 + 15, 1), HasSubstr("kind of an entry"));
  EXPECT_THAT(error_with(80 + 11, 8), HasSubstr("at most 64 MiB"));
}

TEST(ReplicatedLogMessage, RefusesEveryCut) {
  const Bytes bytes = encode(example());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(tests::error_of([&] { static_cast<void>(decode_log_message(std::span(bytes).first(size))); }), "");
  }
}

TEST(ReplicatedLogMembers, ComeBackAsTheyWere) {
  const LogMembers members{.voters = {5, 3}, .learners = {9}, .removed = {1, 2, 4}};
  EXPECT_EQ(decode_log_members(encode(members)), members);
  EXPECT_EQ(members.majority(), 2U);
  EXPECT_TRUE(members.is_voter(3) && members.is_learner(9) && members.was_removed(4));
  EXPECT_FALSE(members.has(4) || members.is_voter(9));
}

TEST(ReplicatedLogMembers, SayWhatIsWrong) {
  const auto error_of = [](const LogMembers& members) {
    return tests::error_of([&] { static_cast<void>(decode_log_members(encode(members))); });
  };
  EXPECT_THAT(error_of({.learners = {1}}), HasSubstr("number of voters is 0"));
  EXPECT_THAT(error_of({.voters = {0, 4}}), HasSubstr("an id is 0"));
  EXPECT_THAT(error_of({.voters = {7, 4}, .removed = {7}}), HasSubstr("twice is 7"));
  Bytes bytes = encode(LogMembers{.voters = {1, 2}});
  bytes[0] = 3;
  EXPECT_THAT(tests::error_of([&] { static_cast<void>(decode_log_members(bytes)); }), HasSubstr("too soon"));
  bytes[0] = 1;
  EXPECT_THAT(tests::error_of([&] { static_cast<void>(decode_log_members(bytes)); }), HasSubstr("behind the end is 8"));
}

}  // namespace
}  // namespace atl::distributed
