// `atoll record` and `atoll worlds` as a user meets them.
#include "core/files.h"
#include "datasets/reader.h"
#include "envs/playhouse/playhouse.h"
#include "session/recording_sink.h"
#include "session/replay.h"
#include "tests/tools/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <set>

namespace atl::tools_test {
namespace {

using testing::HasSubstr;

TEST(RecordCommand, ExpertEpisodesReplayBitForBit) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "r").string();
  const ProgramResult result = run_atoll({"record", "playhouse", "--episodes", "12", "--out", out, "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const nlohmann::json summary = nlohmann::json::parse(result.out);
  EXPECT_EQ(summary["episodes"], 12);
  EXPECT_GE(summary["successes"], 10);

  const auto reader = datasets::RecordingReader::open(out);
  const auto world = envs::create_playhouse({});
  EXPECT_EQ(reader->facts().clock, "world");
  std::map<std::string, int> families;
  for (std::size_t i = 0; i < reader->episodes().size(); ++i) {
    const session::EpisodeTrace trace = session::read_trace(*reader, i);
    ++families[trace.start.family];
    EXPECT_EQ(trace.start.seed, i) << "training seeds from the first on";
    EXPECT_FALSE(trace.start.target.empty());
    const session::ReplayResult replay = session::replay_episode(*world, trace);
    EXPECT_TRUE(replay.is_equal()) << replay.differences.front();
  }
  EXPECT_EQ(families, (std::map<std::string, int>{{"go to", 4}, {"look at", 4}, {"pick up", 4}}));
}

TEST(RecordCommand, TaskInstructionAndSeedAreTaken) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "r").string();
  const ProgramResult result = run_atoll({"record", "playhouse", "--task", "pick up", "--episodes", "2", "--seed",
                                          "1000", "--out", out, "--set", "expert.noise=0"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto reader = datasets::RecordingReader::open(out);
  EXPECT_EQ(reader->episodes()[0].start.seed, 1000u);
  EXPECT_EQ(reader->episodes()[1].start.family, "pick up");
  EXPECT_THAT(read_text_file(out + "/run.toml"), HasSubstr("noise = 0"));
}

TEST(RecordCommand, WordsThatMeanSomethingAreWhatIsAskedFor) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "r").string();
  const ProgramResult result = run_atoll({"record", "playhouse/flat", "--instruction", "close the bag", "--out", out});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto reader = datasets::RecordingReader::open(out);
  EXPECT_EQ(reader->episodes()[0].start.family, "menu");
  EXPECT_EQ(reader->episodes()[0].start.target, "close your bag");
}

TEST(RecordCommand, WordsThatMeanNothingAreRefusedWithTheNearestThatDo) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "r").string();
  const auto say = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"record", "playhouse/flat", "--out", out});
    return run_atoll(more);
  };
  const ProgramResult refused = say({"--instruction", "go to the red sphare"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("did you mean \"sphere\"?"));
  EXPECT_FALSE(std::filesystem::exists(out));
  // Free words are for policies, with a target by which they are judged.
  EXPECT_EQ(say({"--instruction", "do what you like", "--target", "jump"}).exit_code, 0);
}

TEST(RecordCommand, ASplitIsOfTheFamiliesThatHaveIt) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "r").string();
  const ProgramResult result =
      run_atoll({"record", "playhouse/house", "--split", "held_out_pairs", "--episodes", "24", "--out", out});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto reader = datasets::RecordingReader::open(out);
  std::set<std::string> families;
  for (const datasets::Episode& episode : reader->episodes()) {
    EXPECT_EQ(episode.start.split, "held_out_pairs");
    families.insert(episode.start.family);
  }
  EXPECT_TRUE(families.contains("put") && families.contains("pick up"));
  EXPECT_FALSE(families.contains("open")) << "doors and boxes are no pairs of colour and shape";
}

TEST(RecordCommand, InterruptedRunLeavesAWholeRecordingAndSucceeds) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "r").string();
  for (const char* threads : {"record.threads=1", "record.threads=2"}) {
    const std::string path = out + threads[15];
    Program program({"record", "playhouse", "--episodes", "1000000", "--out", path, "--set", threads});
    ASSERT_TRUE(program.wait_for_stderr("episodes/s", 60.0));
    program.send_signal(SIGINT);
    const ProgramResult result = program.wait();
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("recorded "));
    const auto reader = datasets::RecordingReader::open(path);  // refuses what was not closed
    ASSERT_FALSE(reader->episodes().empty());
    const auto world = envs::create_playhouse({});
    const std::size_t last = reader->episodes().size() - 1;
    const session::ReplayResult replay = session::replay_episode(*world, session::read_trace(*reader, last));
    EXPECT_TRUE(replay.is_equal()) << replay.differences.front();
  }
}

struct BadCall {
  std::vector<std::string> arguments;
  int exit_code;
  std::string message;
};

TEST(RecordCommand, BadCallsAreRefusedByNameWithoutLeavingAFolder) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "out").string();
  const std::vector<BadCall> calls = {
      {{"record", "playhouse"}, 2, "--out is required"},
      {{"record", "playhaus", "--out", out}, 2, "unknown world \"playhaus\"; the nearest is \"playhouse\""},
      {{"record", "playhouse", "--task", "goto", "--out", out}, 2, "has no task \"goto\"; the nearest is \"go to\""},
      {{"record", "playhouse", "--player", "human", "--out", out}, 2, "`atoll record playhouse-window`"},
      {{"record", "playhouse/flat,reskin=2", "--player", "human", "--out", out},
       2,
       "`atoll record playhouse-window/flat,reskin=2`"},
      {{"record", "playhouse", "--split", "unseen", "--out", out}, 2, "--split"},
      {{"record", "playhouse/house", "--split", "held_out_pairs", "--task", "open", "--out", out},
       2,
       "the task \"open\" has no held_out_pairs; these have: "},
      {{"record", "playhouse", "--episodes", "0", "--out", out}, 2, "--episodes"},
      {{"record", "playhouse", "--set", "record.vide=true", "--out", out}, 1, "record.vide is unknown"},
      {{"record", "playhouse", "--set", "expert.noise=2", "--out", out}, 1, "expert.noise"},
      {{"record", "playhouse", "--config", "/nowhere.toml", "--out", out}, 1, "/nowhere.toml"},
      {{"record", "playhouse", "--out", "/proc/nothing"}, 1, "/proc/nothing"},
      {{"record", "doom", "--out", out}, 2, "world doom is live and has no expert"},
  };
  for (const BadCall& call : calls) {
    const ProgramResult result = run_atoll(call.arguments);
    EXPECT_EQ(result.exit_code, call.exit_code) << result.err;
    EXPECT_THAT(result.err, HasSubstr(call.message));
    EXPECT_FALSE(std::filesystem::exists(out)) << testing::PrintToString(call.arguments);
  }
  ASSERT_TRUE(std::filesystem::create_directories(out + "/something"));
  const ProgramResult result = run_atoll({"record", "playhouse", "--out", out});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("is not empty"));
}

// The world of that name in the list of `atoll worlds --json`.
nlohmann::json entry_of(const nlohmann::json& worlds, const std::string& name) {
  for (const nlohmann::json& world : worlds)
    if (world["name"] == name) return world;
  ADD_FAILURE() << "no world " << name << " in " << worlds.dump();
  return {};
}

TEST(WorldsCommand, TellsWhatEachWorldOffers) {
  const ProgramResult result = run_atoll({"worlds", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const nlohmann::json worlds = nlohmann::json::parse(result.out)["worlds"];
  const auto interfaces = [&](const char* name) { return entry_of(worlds, name)["interfaces"].dump(); };
  EXPECT_EQ(interfaces("playhouse"), R"(["stepped","oracle","snapshots"])");
  EXPECT_EQ(interfaces("playhouse/pair"), R"(["stepped","oracle","snapshots","players"])");
  EXPECT_EQ(interfaces("playhouse-window"), R"(["live"])");
  const nlohmann::json splits = entry_of(worlds, "playhouse/house")["splits"];
  EXPECT_EQ(splits["pick up"],
            nlohmann::json({"train", "held_out_pairs", "held_out_phrases", "held_out_compositions"}));
  EXPECT_EQ(splits["open"], nlohmann::json({"train", "held_out_phrases"}));
  const ProgramResult text = run_atoll({"worlds"});
  EXPECT_THAT(text.out, testing::AllOf(HasSubstr("playhouse-window/flat"), HasSubstr("playhouse,reskin=3")));
}

TEST(WorldsCommand, ListsEveryWorldAndWhatIsMissing) {
  const ProgramResult result = run_atoll({"worlds", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::vector<std::string> names;
  const nlohmann::json list = nlohmann::json::parse(result.out);
  for (const nlohmann::json& world : list["worlds"]) {
    names.push_back(world["name"]);
    EXPECT_EQ(world["available"].get<bool>(), world["missing"].empty());
  }
  EXPECT_THAT(names, testing::ElementsAre("playhouse", "playhouse/studio", "playhouse/flat", "playhouse/house",
                                          "playhouse/full", "playhouse/pair", "playhouse/memory", "chromium-bsu",
                                          "doom", "minetest", "neverball", "openarena", "playhouse-window"));
}

// A program finds its profiles above its own folder: a copy of it finds the copies beside it.
TEST(WorldsCommand, ABrokenProfileIsToldAndHarmsNoOtherWorld) {
  const ProgramResult whole = run_atoll({"play", "--help"});
  if (whole.exit_code != 0) GTEST_SKIP() << "this build has no desktop, so it reads no profiles";
  const TemporaryFolder folder;
  const std::filesystem::path program = folder.path() / "bin" / "atoll";
  std::filesystem::create_directories(program.parent_path());
  std::filesystem::copy_file(program_path("atoll"), program);
  std::filesystem::create_directories(folder.path() / "profiles");
  std::filesystem::copy_file("profiles/playhouse_window.toml", folder.path() / "profiles" / "playhouse_window.toml");
  write_file_atomically(folder.path() / "profiles" / "doom.toml", std::string_view("version = 1\nnome = \"doom\"\n"));

  const ProgramResult listed = run_atoll({"worlds", "--json"}, program);
  ASSERT_EQ(listed.exit_code, 0) << listed.err;
  const nlohmann::json worlds = nlohmann::json::parse(listed.out)["worlds"];
  EXPECT_TRUE(entry_of(worlds, "playhouse")["available"]);
  EXPECT_FALSE(entry_of(worlds, "playhouse-window")["tasks"].empty()) << "the profile that is whole";
  const nlohmann::json doom = entry_of(worlds, "doom");
  EXPECT_FALSE(doom["available"]);
  EXPECT_THAT(doom["missing"].dump(), testing::AllOf(HasSubstr("doom.toml"), HasSubstr("nome is unknown")));

  const std::string out = (folder.path() / "r").string();
  EXPECT_EQ(run_atoll({"record", "playhouse", "--episodes", "1", "--out", out}, program).exit_code, 0);
  const ProgramResult asked = run_atoll({"record", "doom", "--player", "human", "--out", out + "2"}, program);
  EXPECT_EQ(asked.exit_code, 1);
  EXPECT_THAT(asked.err, testing::AllOf(HasSubstr("doom.toml"), HasSubstr("nome is unknown")));
}

// Copies a recording and changes the hash of one of its pictures.
void copy_with_another_hash(const std::filesystem::path& from, const std::filesystem::path& to) {
  const auto reader = datasets::RecordingReader::open(from);
  session::EpisodeTrace trace = session::read_trace(*reader, 0);
  trace.frames.at(3).pixel_hash ^= 1;
  const auto writer =
      datasets::RecordingWriter::create({.folder = to, .facts = reader->facts(), .contract = {}, .video = {}});
  session::RecordingSink sink(*writer, false);
  session::write_trace(trace, sink);
  writer->close();
}

TEST(CheckCommand, PicturesThatWereNotStoredAreDrawnAgainAndCompared) {
  const TemporaryFolder folder;
  const std::string sound = (folder.path() / "sound").string();
  const std::string wrong = (folder.path() / "wrong").string();
  ASSERT_EQ(
      run_atoll({"record", "playhouse", "--episodes", "1", "--set", "record.video=false", "--out", sound}).exit_code,
      0);
  const ProgramResult ok = run_atoll({"check", sound});
  EXPECT_EQ(ok.exit_code, 0) << ok.out;
  EXPECT_THAT(ok.out, HasSubstr("played again, all its "));
  copy_with_another_hash(sound, wrong);
  const ProgramResult different = run_atoll({"check", wrong});
  EXPECT_EQ(different.exit_code, 1);
  EXPECT_THAT(different.out, HasSubstr("unusable"));
  EXPECT_THAT(different.out, HasSubstr("episode 0: played again, it differs"));
}

}  // namespace
}  // namespace atl::tools_test
