// The real program as a child process: killed, interrupted, resumed.
#include "core/clock.h"
#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "datasets/reader.h"
#include "support.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

namespace atl::trainer {
namespace {

constexpr Duration kDeadline = std::chrono::seconds(60);

// `atoll train` with its messages thrown away.
class Child {
 public:
  explicit Child(std::vector<std::string> arguments) {
    const char* bin = std::getenv("ATOLL_BIN");
    ATOLL_CHECK(bin != nullptr, "ATOLL_BIN is not set: run through ctest");
    arguments.insert(arguments.begin(), {std::string(bin) + "/atoll", "train"});
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    const int error = posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ATOLL_CHECK(error == 0, "cannot start {}: {}", argv[0], std::strerror(error));
  }
  ~Child() {
    if (pid_ > 0) static_cast<void>(end_with(SIGKILL));
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // The exit code; minus the number of the signal that ended it.
  int wait() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  }
  int end_with(int signal) {
    kill(pid_, signal);
    return wait();
  }

 private:
  pid_t pid_ = -1;
};

std::size_t lines_of(const std::filesystem::path& run) {
  if (!std::filesystem::exists(run / "metrics.jsonl")) return 0;
  const std::string text = read_text_file(run / "metrics.jsonl");
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// Polls until the run has written `lines` lines of metrics.
bool wait_for_lines(const std::filesystem::path& run, std::size_t lines) {
  const Timestamp deadline = MonotonicClock::now() + kDeadline;
  SystemClock clock;
  while (lines_of(run) < lines) {
    if (MonotonicClock::now() > deadline) return false;
    clock.sleep_until(clock.now() + std::chrono::milliseconds(5));
  }
  return true;
}

RunConfig program_config() {
  RunConfig config = testing::small_config();
  config.trainer.steps = 60;
  config.trainer.log_every = 1;
  config.trainer.evaluate_every = 50;
  config.trainer.checkpoint_minutes = 0.001;  // nearly every step
  return config;
}

class Program : public ::testing::Test {
 protected:
  Program() { write_file_atomically(folder_.path() / "c.toml", to_toml(program_config())); }
  [[nodiscard]] std::filesystem::path run(const std::string& name) const { return folder_.path() / name; }
  [[nodiscard]] std::vector<std::string> start(const std::string& name) const {
    return {"--config", (folder_.path() / "c.toml").string(), "--out", run(name).string()};
  }
  [[nodiscard]] std::vector<std::string> resume(const std::string& name) const {
    return {"--resume", "--out", run(name).string()};
  }
  // Killed once it has written so many lines of metrics, and again when resumed; then to its end.
  void run_with_two_kills(const std::string& name, std::size_t first_lines, std::size_t second_lines) const {
    Child first(start(name));
    ASSERT_TRUE(wait_for_lines(run(name), first_lines));
    EXPECT_EQ(first.end_with(SIGKILL), -SIGKILL);
    Child second(resume(name));
    ASSERT_TRUE(wait_for_lines(run(name), second_lines));
    EXPECT_EQ(second.end_with(SIGKILL), -SIGKILL);
    ASSERT_EQ(Child(resume(name)).wait(), 0);
  }
  void expect_equal(const std::string& a, const std::string& b) const {
    for (const char* file : {"weights.safetensors", "trainer.safetensors", "checkpoint.toml", "tokenizer.model"}) {
      EXPECT_EQ(read_text_file(run(a) / "checkpoint-00000060" / file),
                read_text_file(run(b) / "checkpoint-00000060" / file))
          << file;
    }
  }
  TemporaryFolder folder_;
};

TEST_F(Program, KilledAtAnyMomentAndResumedItEndsInTheSameBytes) {
  ASSERT_EQ(Child(start("whole")).wait(), 0);
  Random random(derive_seed(1, static_cast<std::uint64_t>(getpid())));
  run_with_two_kills("broken", 1 + random.below(20), 25 + random.below(20));
  expect_equal("whole", "broken");
}

TEST_F(Program, InterruptedItSavesAndEndsWell) {
  Child child(start("run"));
  ASSERT_TRUE(wait_for_lines(run("run"), 5));
  EXPECT_EQ(child.end_with(SIGINT), 0);
  EXPECT_TRUE(std::filesystem::exists(run("run") / "latest"));
  ASSERT_EQ(Child(resume("run")).wait(), 0);
  EXPECT_TRUE(std::filesystem::exists(run("run") / "checkpoint-00000060"));
}

// Rounds of DAgger: of the agent's own episodes, recorded by the agent of that step.
TEST_F(Program, KilledWhileTheAgentPlaysOrLearnsFromItItEndsInTheSameBytes) {
  RunConfig config = program_config();
  config.trainer.dagger = {.every = 20, .episodes = 6, .share = 0.5, .keep_rounds = 1};
  write_file_atomically(folder_.path() / "c.toml", to_toml(config));
  ASSERT_EQ(Child(start("whole")).wait(), 0);
  Random random(derive_seed(2, static_cast<std::uint64_t>(getpid())));
  // Between step 19 and the first line of the second round the agent plays most of the time.
  run_with_two_kills("broken", 19 + random.below(3), 25 + random.below(20));
  expect_equal("whole", "broken");
  for (const char* round : {"001", "002"}) {
    const auto of = [&](const char* name) {
      return datasets::RecordingReader::open(run(name) / "dagger" / round / "0");
    };
    const auto whole = of("whole");
    const auto broken = of("broken");
    ASSERT_EQ(whole->episodes().size(), 6U);
    ASSERT_EQ(broken->episodes().size(), 6U);
    for (std::size_t i = 0; i < 6; ++i) {
      EXPECT_EQ(envs::range_of(whole->episodes()[i].start.seed), envs::SeedRange::kTraining);
      EXPECT_EQ(whole->episodes()[i].end->end_hash, broken->episodes()[i].end->end_hash);
      for (const datasets::RecordedAction& action : whole->actions(i)) ASSERT_EQ(action.origin, Origin::kAgent);
    }
  }
  EXPECT_NE(read_text_file(run("whole") / "dagger" / "001" / "0" / "session.mcap"),
            read_text_file(run("whole") / "dagger" / "002" / "0" / "session.mcap"))
      << "each round is of other starts";
  EXPECT_FALSE(std::filesystem::exists(run("whole") / "dagger" / "003")) << "nothing is learned after the last step";
  const std::string metrics = read_text_file(run("whole") / "metrics.jsonl");
  EXPECT_NE(metrics.find(R"({"step":20,"part":"dagger","episodes":6.0,"success_share":)"), std::string::npos);
}

// The fork learns from the round before it and plays the one after it.
TEST_F(Program, AForkLearnsFromWhatTheAgentPlayedBeforeIt) {
  RunConfig config = program_config();
  config.trainer.dagger = {.every = 20, .episodes = 6, .share = 0.5, .keep_rounds = 2};
  config.trainer.optimizer.decay_share = 0.25;
  config.trainer.keep_steps = {24};
  write_file_atomically(folder_.path() / "c.toml", to_toml(config));
  ASSERT_EQ(Child(start("whole")).wait(), 0);
  std::vector<std::string> longer = start("longer");
  longer.insert(longer.end(), {"--set", "trainer.steps=90"});
  ASSERT_EQ(Child(longer).wait(), 0);
  std::vector<std::string> fork = start("fork");
  fork.insert(fork.end(), {"--fork", (run("longer") / "checkpoint-00000024").string()});
  ASSERT_EQ(Child(fork).wait(), 0);
  expect_equal("whole", "fork");
  std::filesystem::remove_all(run("longer") / "dagger" / "001");
  fork = start("another");
  fork.insert(fork.end(), {"--fork", (run("longer") / "checkpoint-00000024").string()});
  EXPECT_EQ(Child(fork).wait(), 1) << "what it would learn from is gone";
  EXPECT_FALSE(std::filesystem::exists(run("another"))) << "nothing begun";
}

TEST_F(Program, BaselinesAreAFlagEach) {
  std::vector<std::string> arguments = start("run");
  arguments.insert(arguments.end(), {"--set", "trainer.steps=4", "--specialist", "playhouse", "--no-language"});
  ASSERT_EQ(Child(arguments).wait(), 0);
  const auto config = load_config<RunConfig>(run("run") / "config.toml");
  EXPECT_EQ(config.run.kind, "specialist:playhouse+no-language");
  EXPECT_FALSE(config.trainer.loss.language);
  arguments = start("other");
  arguments.insert(arguments.end(), {"--leave-out", "playhouse"});
  EXPECT_EQ(Child(arguments).wait(), 1) << "nothing is left";
  EXPECT_FALSE(std::filesystem::exists(run("other")));
}

TEST_F(Program, AnUnknownKeyIsAFailureAndAMissingFlagIsUsage) {
  std::vector<std::string> arguments = start("run");
  arguments.insert(arguments.end(), {"--set", "trainer.stepz=3"});
  EXPECT_EQ(Child(arguments).wait(), 1);
  EXPECT_EQ(Child({"--config", "x.toml"}).wait(), 2);
}

}  // namespace
}  // namespace atl::trainer
