// Mutated files through the parsers, and mutated recordings through check, repair and reading: each in a process that
// may die, with a deadline. One JSON line a kind on stdout, one line on stderr for whatever is not right.
//
// usage: parser_study COUNT SEED SEEDS_FOLDER (fuzz_seeds made it)
//        parser_study show NUMBER SEED SEEDS_FOLDER   writes that mutated file to stdout; recordings: which one it was
#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "tests/fuzz/judge.h"
#include "tests/fuzz/mutate.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

namespace {

using namespace atl;
using namespace atl::fuzz;
namespace fs = std::filesystem;

constexpr unsigned kDeadline_s = 20;  // a file; they take milliseconds
constexpr std::size_t kRecording = kAllParsers.size();
constexpr std::size_t kNumKinds = kRecording + 1;
constexpr std::size_t kCrashed = kNumOutcomes;
constexpr std::size_t kHung = kNumOutcomes + 1;

// Of every ten files.
constexpr std::array<std::size_t, 10> kTurns{0, 1, 2, 3, kRecording, 0, 1, kRecording, 0, kRecording};

struct Shared {
  std::uint64_t next = 0;  // the file that is worked on
  std::uint64_t counts[kNumKinds][kNumOutcomes + 2] = {};
  char words[512] = {};  // what was done to it
};

std::string name_of(std::size_t kind) {
  return kind == kRecording ? "recording" : std::string(to_string(static_cast<Parser>(kind)));
}

std::vector<std::uint8_t> bytes_of(const fs::path& path) {
  const std::string text = read_text_file(path);
  return {text.begin(), text.end()};
}

class Worker {
 public:
  Worker(const fs::path& seeds, const fs::path& scratch, std::uint64_t seed, Shared& shared)
      : scratch_(scratch), seed_(seed), shared_(shared) {
    for (const Parser parser : kAllParsers) {
      for (const fs::path& path : sorted(seeds / to_string(parser))) {
        originals_[static_cast<std::size_t>(parser)].push_back({bytes_of(path), parse(parser, path)});
      }
    }
    for (const fs::path& path : sorted(seeds / "recording")) {
      recordings_.push_back(path);
      judges_.push_back(std::make_unique<RecordingJudge>(path));
    }
  }

  void show(std::uint64_t number) {
    Random random(derive_seed(seed_, number));
    const std::size_t kind = kTurns[number % kTurns.size()];
    std::string words;
    static_cast<void>(kind == kRecording ? try_recording(random, words) : Outcome::kEqual);
    if (kind == kRecording) return fmt::print("{} ({}): {}\n", scratch_.string(), shared_.words, words);
    const std::vector<std::uint8_t> bytes = mutated(kind, random).first;
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  }

  void run(std::uint64_t end) {
    for (; shared_.next < end; ++shared_.next) {
      Random random(derive_seed(seed_, shared_.next));
      const std::size_t kind = kTurns[shared_.next % kTurns.size()];
      alarm(kDeadline_s);
      std::string words;
      const Outcome outcome = kind == kRecording ? try_recording(random, words) : try_file(kind, random, words);
      alarm(0);
      ++shared_.counts[kind][static_cast<std::size_t>(outcome)];
      const bool is_text = kind == 2 || kind == 3;  // no checksum: another number is another sound file
      if (outcome == Outcome::kEqual || outcome == Outcome::kNamed) continue;
      if (outcome == Outcome::kDifferent && is_text) continue;
      fmt::print(stderr, "{} {}: {} ({}) {}\n", name_of(kind), shared_.next, to_string(outcome), shared_.words, words);
    }
  }

 private:
  struct Original {
    std::vector<std::uint8_t> bytes;
    Parsed parsed;
  };

  static std::vector<fs::path> sorted(const fs::path& folder) {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  void note(const std::string& done) { std::strncpy(shared_.words, done.c_str(), sizeof shared_.words - 1); }

  std::pair<std::vector<std::uint8_t>, const Parsed*> mutated(std::size_t kind, Random& random) {
    const auto& originals = originals_[kind];
    const Original& original = originals[random.below(static_cast<std::uint32_t>(originals.size()))];
    std::vector<std::uint8_t> bytes = original.bytes;
    note(mutate(random, bytes));
    return {std::move(bytes), &original.parsed};
  }

  Outcome try_file(std::size_t kind, Random& random, std::string& words) {
    const auto [bytes, original] = mutated(kind, random);
    file_.set(bytes);
    return judge_file(static_cast<Parser>(kind), *original, file_.path(), words);
  }

  Outcome try_recording(Random& random, std::string& words) {
    const std::size_t index = random.below(static_cast<std::uint32_t>(recordings_.size()));
    const fs::path copy = scratch_ / "recording";
    fs::remove_all(copy);
    fs::copy(recordings_[index], copy);
    const std::vector<fs::path> files = sorted(copy);
    const fs::path& victim = files[random.below(static_cast<std::uint32_t>(files.size()))];
    std::vector<std::uint8_t> bytes = bytes_of(victim);
    note(victim.filename().string() + ": " + mutate(random, bytes));
    write_file_atomically(victim, std::string(bytes.begin(), bytes.end()));
    return judges_[index]->judge(copy, words);
  }

  const fs::path scratch_;
  const std::uint64_t seed_;
  Shared& shared_;
  std::array<std::vector<Original>, kAllParsers.size()> originals_;
  std::vector<fs::path> recordings_;
  std::vector<std::unique_ptr<RecordingJudge>> judges_;
  MemoryFile file_;
};

void run_all(std::uint64_t count, std::uint64_t seed, const fs::path& seeds, Shared& shared) {
  const TemporaryFolder scratch;
  while (shared.next < count) {
    std::fflush(nullptr);
    const pid_t pid = fork();
    if (pid == 0) {
      int code = 0;
      try {
        Worker(seeds, scratch.path(), seed, shared).run(count);
      } catch (const std::exception& error) {
        fmt::print(stderr, "an error that no parser may throw: {}\n", error.what());
        code = 1;
      }
      std::fflush(nullptr);
      _exit(code);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    const std::size_t kind = kTurns[shared.next % kTurns.size()];
    const bool is_hang = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
    ++shared.counts[kind][is_hang ? kHung : kCrashed];
    fmt::print(stderr, "{} {}: {} ({})\n", name_of(kind), shared.next, is_hang ? "hangs" : "crashed", shared.words);
    ++shared.next;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bool shows = argc == 5 && std::string_view(argv[1]) == "show";
  if (argc != 4 && !shows) {
    fmt::print(stderr, "usage: parser_study COUNT SEED SEEDS_FOLDER\n");
    return 2;
  }
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  Shared& shared = *new (memory) Shared;
  if (shows) {
    const TemporaryFolder scratch;
    Worker(argv[4], scratch.path(), std::strtoull(argv[3], nullptr, 10), shared)
        .show(std::strtoull(argv[2], nullptr, 10));
    return 0;
  }
  run_all(std::strtoull(argv[1], nullptr, 10), std::strtoull(argv[2], nullptr, 10), argv[3], shared);
  bool is_right = true;
  for (std::size_t kind = 0; kind < kNumKinds; ++kind) {
    nlohmann::json line{{"kind", name_of(kind)}};
    for (std::size_t i = 0; i < kNumOutcomes; ++i)
      line[std::string(to_string(static_cast<Outcome>(i)))] = shared.counts[kind][i];
    line["crashed"] = shared.counts[kind][kCrashed];
    line["hung"] = shared.counts[kind][kHung];
    fmt::print("{}\n", line.dump());
    for (const std::size_t bad : {std::size_t{3}, std::size_t{4}, kCrashed, kHung})
      is_right = is_right && shared.counts[kind][bad] == 0;
  }
  return is_right ? 0 : 1;
}
