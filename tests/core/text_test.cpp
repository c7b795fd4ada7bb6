#include "core/text.h"

#include "core/error.h"
#include "core/input_event.h"
#include "core/instruction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl {
namespace {

TEST(EditDistance, CountsInsertedRemovedAndReplacedBytes) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("sphare", "sphere"), 1u);
}

TEST(NearestName, IsTheSmallestNumberOfEdits) {
  const std::vector<std::string> names{"steps", "seed", "batch_size", "learning_rate"};
  EXPECT_EQ(nearest_name("step", names), "steps");
  EXPECT_EQ(nearest_name("sede", names), "seed");
  EXPECT_EQ(nearest_name("batchsize", names), "batch_size");
  EXPECT_EQ(nearest_name("lr", names), "seed");  // 4 edits: distance knows letters, not meaning
  EXPECT_EQ(nearest_name("seed", names), "seed");
  EXPECT_EQ(nearest_name("", {}), "");
  const std::vector<std::string> equal{"ab", "ac"};
  EXPECT_EQ(nearest_name("ad", equal), "ab");  // the first of equals
}

TEST(Hex, HasSixteenDigits) {
  EXPECT_EQ(to_hex(0), "0000000000000000");
  EXPECT_EQ(to_hex(0xdeadbeef), "00000000deadbeef");
  EXPECT_EQ(to_hex(~std::uint64_t{0}), "ffffffffffffffff");
}

TEST(Names, OfEnumsReadBack) {
  for (const Origin origin : {Origin::kHuman, Origin::kAgent, Origin::kExpert})
    EXPECT_EQ(find_origin(to_string(origin)), origin);
  EXPECT_EQ(find_origin("robot"), std::nullopt);
  for (const InstructionSource source : {InstructionSource::kPerson, InstructionSource::kSetter,
                                         InstructionSource::kAnnotator, InstructionSource::kProgram})
    EXPECT_EQ(find_instruction_source(to_string(source)), source);
  EXPECT_EQ(find_instruction_source(""), std::nullopt);
  for (const SuccessMark mark : {SuccessMark::kUnknown, SuccessMark::kSucceeded, SuccessMark::kFailed})
    EXPECT_EQ(find_success_mark(to_string(mark)), mark);
  EXPECT_EQ(find_success_mark("maybe"), std::nullopt);
}

TEST(Check, SaysWhatWasFoundAndWhere) {
  try {
    const int n = 3;
    ATOLL_CHECK(n > 5, "n is {}, expected > 5", n);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInternal);
    EXPECT_THAT(error.what(), testing::HasSubstr("n is 3, expected > 5"));
    EXPECT_THAT(error.what(), testing::HasSubstr("text_test.cpp"));
  }
}

}  // namespace
}  // namespace atl
