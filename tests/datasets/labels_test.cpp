// Labels beside real recordings: what an edit does, what is refused, and what a kill leaves.
#include "datasets/labels.h"

#include "core/error.h"
#include "core/files.h"
#include "datasets/check.h"
#include "tests/datasets/sample.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

namespace atl::datasets {
namespace {

using std::chrono::milliseconds;
constexpr std::uint64_t kOwn = kFirstOwnLabel;
using ::testing::HasSubstr;
using tests::error_of;

class Labels : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::record(recording_, {});
    reader_ = RecordingReader::open(recording_);
  }
  std::unique_ptr<LabelLog> open(const std::string& annotator = "anna", LabelLog::Mode mode = LabelLog::Mode::kWrite) {
    return LabelLog::open(recording_, annotator, label_base(*reader_), mode);
  }
  // One of episode 1, from its begin.
  Label label(const std::string& text, milliseconds begin, milliseconds end) {
    const Timestamp start = reader_->episodes()[1].start.time;
    return {1, {text, start + begin, start + end, InstructionSource::kAnnotator, SuccessMark::kUnknown}};
  }
  [[nodiscard]] std::filesystem::path file() const { return recording_ / "labels" / "anna.jsonl"; }
  std::vector<std::string> texts(const std::vector<std::string>& annotators, std::size_t episode) {
    std::vector<std::string> all;
    const auto instructions = instructions_of(*reader_, annotators);
    for (const Instruction& i : instructions.at(episode)) all.push_back(i.text);
    return all;
  }

  TemporaryFolder folder_;
  std::filesystem::path recording_ = folder_.path() / "recording";
  std::unique_ptr<RecordingReader> reader_;
};

TEST_F(Labels, BeginAsWhatWasRecordedAndLeaveNothingByLooking) {
  const auto log = open();
  ASSERT_EQ(log->labels().size(), 3U);
  EXPECT_EQ(log->labels().at(1).instruction, reader_->episodes()[1].instructions[0]);
  EXPECT_EQ(log->revision(), 0U);
  EXPECT_FALSE(std::filesystem::exists(recording_ / "labels"));
}

TEST_F(Labels, SurviveReopeningWithAllTheirHistory) {
  const Label added = label("jump over the fence", milliseconds(100), milliseconds(900));
  Label marked = added;
  marked.instruction.mark = SuccessMark::kSucceeded;
  {
    const auto log = open();
    log->edit("add", {{log->next_id(), {}, added}});
    log->edit("mark", {{kOwn, added, marked}});
    log->edit("delete", {{kOwn, marked, {}}});
    EXPECT_EQ(log->undo().size(), 1U);
  }
  const auto log = open();
  EXPECT_EQ(log->revision(), 4U);
  EXPECT_EQ(log->labels().at(kOwn), marked);
  EXPECT_EQ(log->undoable(), "mark");
  EXPECT_EQ(log->redoable(), "delete");
  EXPECT_EQ(log->next_id(), kOwn + 1);
}

TEST_F(Labels, AreUndoneAndDoneAgainInOrder) {
  const auto log = open();
  const Label whole = label("open the door", milliseconds(0), milliseconds(1000));
  const Label left = label("open the door", milliseconds(0), milliseconds(400));
  const Label right = label("go in", milliseconds(400), milliseconds(1000));
  log->edit("add", {{kOwn, {}, whole}});
  log->edit("split", {{kOwn, whole, left}, {kOwn + 1, {}, right}});
  EXPECT_FALSE(log->undo().empty());
  EXPECT_EQ(log->labels().at(kOwn), whole);
  EXPECT_FALSE(log->labels().contains(kOwn + 1));
  EXPECT_FALSE(log->redo().empty());
  EXPECT_EQ(log->labels().at(kOwn + 1), right);
  EXPECT_TRUE(log->redo().empty());
  EXPECT_FALSE(log->undo().empty());
  EXPECT_FALSE(log->undo().empty());
  EXPECT_TRUE(log->undo().empty());
  EXPECT_EQ(log->labels().size(), 3U);
  log->edit("add", {{kOwn + 2, {}, whole}});  // what was undone is not done again after something else
  EXPECT_TRUE(log->redo().empty());
}

TEST_F(Labels, RefuseWhatDoesNotFit) {
  const auto log = open();
  const Label good = label("jump", milliseconds(0), milliseconds(100));
  const auto problem = [&](const std::vector<LabelChange>& changes) {
    return error_of([&] { log->edit("edit", changes); });
  };
  EXPECT_THAT(problem({{kOwn, {}, label("", milliseconds(0), milliseconds(100))}}), HasSubstr("of 0 bytes"));
  EXPECT_THAT(problem({{kOwn, {}, label("\xFF", milliseconds(0), milliseconds(100))}}), HasSubstr("UTF-8"));
  EXPECT_THAT(problem({{kOwn, {}, label("jump", milliseconds(100), milliseconds(100))}}),
              HasSubstr("expected inside 0"));
  EXPECT_THAT(problem({{kOwn, {}, label("jump", milliseconds(0), milliseconds(99000))}}), HasSubstr("99.000 s"));
  EXPECT_THAT(problem({{kOwn, {}, Label{7, good.instruction}}}), HasSubstr("episode 7, expected < 3"));
  EXPECT_THAT(problem({{kOwn, good, {}}}), HasSubstr("is nothing now"));
  EXPECT_THAT(problem({{7, {}, good}}), HasSubstr("id 7, expected 4294967296 or more"));
  EXPECT_THAT(problem({}), HasSubstr("changes nothing"));
  EXPECT_EQ(log->revision(), 0U);
}

TEST_F(Labels, OfAnnotatorsAreKeptApartAndTheFirstNamedWins) {
  const Label mine = label("mine", milliseconds(0), milliseconds(100));
  Label other = label("other", milliseconds(0), milliseconds(100));
  {
    const auto anna = open("anna");
    anna->edit("add", {{kOwn, {}, mine}});
    const auto ben = open("ben");
    EXPECT_EQ(ben->labels().size(), 3U);
    ben->edit("add", {{kOwn, {}, other}});
    other.episode = 2;
    const Timestamp start = reader_->episodes()[2].start.time;
    other.instruction.begin = start;
    other.instruction.end = start + milliseconds(50);
    ben->edit("add", {{kOwn + 1, {}, other}});
  }
  const std::string recorded = reader_->episodes()[1].instructions[0].text;
  EXPECT_THAT(annotators_of(recording_), ::testing::ElementsAre("anna", "ben"));
  EXPECT_THAT(texts({"anna", "ben"}, 1), ::testing::UnorderedElementsAre(recorded, "mine"));
  EXPECT_THAT(texts({"anna", "ben"}, 2), ::testing::UnorderedElementsAre(recorded, "other"));
  EXPECT_THAT(texts({"ben", "anna"}, 1), ::testing::UnorderedElementsAre(recorded, "other"));
  EXPECT_THAT(texts({}, 1), ::testing::ElementsAre(recorded));
  EXPECT_THAT(error_of([&] { static_cast<void>(texts({"carl"}, 0)); }), HasSubstr("it has those of: anna, ben"));
}

TEST_F(Labels, HaveOneWriterAtATime) {
  const auto first = open();
  first->edit("add", {{kOwn, {}, label("jump", milliseconds(0), milliseconds(100))}});
  EXPECT_THAT(error_of([&] { static_cast<void>(open()); }), HasSubstr("another `atoll label`"));
  EXPECT_EQ(open("anna", LabelLog::Mode::kRead)->labels().size(), 4U);
}

TEST_F(Labels, LoseAnUnfinishedLineAndNothingElse) {
  open()->edit("add", {{kOwn, {}, label("jump", milliseconds(0), milliseconds(100))}});
  const std::string whole = read_text_file(file());
  for (const std::size_t cut :
       {whole.size() - 1, whole.size() - 30, whole.find('\n') + 1, whole.find('\n'), std::size_t{0}}) {
    write_file_atomically(file(), std::string_view(whole).substr(0, cut));
    const bool is_whole = cut == whole.size();
    EXPECT_EQ(open("anna", LabelLog::Mode::kRead)->revision(), is_whole ? 1U : 0U) << cut;
    open()->edit("add", {{kOwn, {}, label("go", milliseconds(0), milliseconds(100))}});
    EXPECT_EQ(open()->labels().at(kOwn).instruction.text, "go") << cut;
  }
}

TEST_F(Labels, ThatWereChangedByHandAreFoundByCheck) {
  open()->edit("add", {{kOwn, {}, label("jump", milliseconds(0), milliseconds(100))}});
  const std::string whole = read_text_file(file());
  const auto problem_of = [&](const std::string& text) {
    write_file_atomically(file(), text);
    const RecordingCheck check = check_recording(recording_, {});
    return check.problems.empty() ? "" : check.problems.front();
  };
  EXPECT_EQ(problem_of(whole), "");
  EXPECT_THAT(problem_of(whole + "{}\n"), ::testing::AllOf(HasSubstr("anna.jsonl, line 3"), HasSubstr("edit")));
  EXPECT_THAT(problem_of(whole + whole.substr(whole.find('\n') + 1)), HasSubstr("edit 1, expected 2"));
  std::string other = whole;
  other.replace(other.find("\"recorded\":3"), 12, "\"recorded\":4");
  EXPECT_THAT(problem_of(other), HasSubstr("labels of a recording with 4 instructions, this one has 3"));
  other = whole;
  other.replace(other.find("\"version\":1"), 11, "\"version\":9");
  EXPECT_THAT(problem_of(other), HasSubstr("labels of version 9"));
}

// A child edits as fast as it can and tells each edit that was acknowledged; whatever it told is there after its kill.
TEST_F(Labels, SurviveKillsAtAnyMoment) {
  std::uint64_t told = 0;
  for (int kill = 0; kill < 20; ++kill) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto log = open();
      for (;;) {
        log->edit("add", {{log->next_id(), {}, label("jump", milliseconds(0), milliseconds(100))}});
        const std::uint64_t revision = log->revision();
        if (::write(pipe[1], &revision, sizeof revision) != sizeof revision) ::_exit(1);
      }
    }
    ::close(pipe[1]);
    std::uint64_t seen = told;
    for (int i = 0; i <= kill * 3; ++i) ASSERT_EQ(::read(pipe[0], &seen, sizeof seen), ssize_t{sizeof seen});
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    for (std::uint64_t more = 0; ::read(pipe[0], &more, sizeof more) == ssize_t{sizeof more};) seen = more;
    ::close(pipe[0]);
    const auto log = open("anna", LabelLog::Mode::kRead);
    EXPECT_GE(log->revision(), seen);
    EXPECT_LE(log->revision(), seen + 1);
    told = log->revision();
  }
}

}  // namespace
}  // namespace atl::datasets
