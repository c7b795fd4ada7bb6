#include "trainer/event_file.h"

#include "core/files.h"
#include "tests/error_of.h"
#include "tests/run_python.h"
#include "trainer/run_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <limits>
#include <string>

namespace atl::trainer {
namespace {

// {"training/loss": [[step, value], ...], ...} as PyPI's tensorboard reads `folder`; NaN as null.
nlohmann::json read_with_tensorboard(const std::filesystem::path& folder) {
  const std::string text = tests::run_python(R"(
import json, logging, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
logging.disable()
run = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0}).Reload()
curves = {tag: [[e.step, e.value] for e in run.Scalars(tag)] for tag in run.Tags()["scalars"]}
print(json.dumps(curves).replace("NaN", "null"))
)",
                                             {folder.string()});
  return nlohmann::json::parse(text, nullptr, false);
}

MetricsLine line_of(std::int64_t step, const std::string& part, double loss) {
  return {.step = step, .part = part, .values = {{"loss", loss}, {"learning_rate", 0.5 * static_cast<double>(step)}}};
}

TEST(EventFile, ChecksumsAreThoseOfTheStandard) {
  EXPECT_EQ(crc32c_of("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c_of(std::string(32, '\0')), 0x8a9136aaU);  // RFC 3720, B.4
  EXPECT_EQ(crc32c_of(""), 0U);
}

TEST(EventFile, IsReadByTensorBoard) {
  const TemporaryFolder folder;
  RunFolder run = RunFolder::create(folder.path() / "run", {});
  run.rewind_metrics(0);
  for (const std::int64_t step : {1, 2, 300, 70'000}) run.append_metrics(line_of(step, "training", 1.0 / step));
  run.append_metrics(line_of(300, "development", -2.5));
  const nlohmann::json read = read_with_tensorboard(run.path());
  EXPECT_EQ(read.size(), 4U) << read;
  const nlohmann::json& loss = read.at("training/loss");
  ASSERT_EQ(loss.size(), 4U);
  EXPECT_EQ(loss[3][0], 70'000);
  EXPECT_FLOAT_EQ(loss[2][1].get<float>(), 1.0F / 300);
  EXPECT_EQ(read.at("development/loss"), nlohmann::json::parse("[[300, -2.5]]"));
  EXPECT_EQ(read.at("training/learning_rate")[1], nlohmann::json::parse("[2, 1.0]"));
}

TEST(EventFile, AResumedRunDrawsOneCurve) {
  const TemporaryFolder folder;
  {
    RunFolder run = RunFolder::create(folder.path() / "run", {});
    run.rewind_metrics(0);
    for (const std::int64_t step : {10, 20, 30}) run.append_metrics(line_of(step, "training", 1.0));
  }
  RunFolder run = RunFolder::open(folder.path() / "run");
  run.rewind_metrics(20);
  run.append_metrics(line_of(30, "training", 7.0));
  const nlohmann::json expected = nlohmann::json::parse("[[10, 1.0], [20, 1.0], [30, 7.0]]");
  EXPECT_EQ(read_with_tensorboard(run.path()).at("training/loss"), expected);
}

TEST(EventFile, AValueThatIsNoNumberStaysOne) {
  const TemporaryFolder folder;
  EventFile events(folder.path(), 0);
  events.append(1, std::array<Scalar, 1>{{{"loss", std::numeric_limits<double>::quiet_NaN()}}});
  EXPECT_EQ(read_with_tensorboard(folder.path()).at("loss"), nlohmann::json::parse("[[1, null]]"));
}

TEST(EventFile, AFolderThatCannotBeWrittenIsNamed) {
  EXPECT_THAT(tests::error_of([] { EventFile("/proc/no such folder", 0); }),
              ::testing::HasSubstr("cannot create /proc/no such folder/events"));
}

}  // namespace
}  // namespace atl::trainer
