// `atoll import doom-demo`, run as a program; its recordings read back.
#include "core/files.h"
#include "datasets/manifest.h"
#include "datasets/reader.h"
#include "datasets/video/reader.h"
#include "tests/desktop/doom_data.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace atl::envs::desktop {
namespace {

using testing::HasSubstr;

constexpr std::size_t kTics = 200;

struct ProgramRun {
  int code = 0;
  std::string output;  // stdout and stderr
};

ProgramRun run_import(const std::string& arguments) {
  const std::string command = std::string(std::getenv("ATOLL_BIN")) + "/atoll import doom-demo " + arguments + " 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  ProgramRun run;
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) run.output += buffer.data();
  run.code = WEXITSTATUS(pclose(pipe));
  return run;
}

// The first tics of freedoom1's DEMO3 as a file of its own.
std::filesystem::path write_short_demo(const std::filesystem::path& folder) {
  const WadFile wad(wad_path("freedoom1"));
  const auto lump = wad.lump("DEMO3");
  std::vector<std::uint8_t> bytes(lump.begin(), lump.begin() + 13 + 4 * kTics);
  bytes.push_back(0x80);
  write_file_atomically(folder / "short.lmp", bytes);
  return folder / "short.lmp";
}

std::vector<std::uint64_t> hashes_in(datasets::RecordingReader& reader) {
  std::vector<std::uint64_t> hashes;
  for (const datasets::FrameEntry& frame : reader.frames(0)) hashes.push_back(frame.pixel_hash);
  return hashes;
}

TEST(ImportDoomDemo, RecordsEveryTicAndTheSameAgain) {
  const TemporaryFolder folder;
  const std::filesystem::path lump = write_short_demo(folder.path());
  for (const char* name : {"first", "second"}) {
    const ProgramRun run = run_import(lump.string() + " --out " + (folder.path() / name).string());
    ASSERT_EQ(run.code, 0) << run.output;
    EXPECT_THAT(run.output, HasSubstr("player 0, 200 tics, 3 pickups, 6 instructions"));
  }
  const auto reader = datasets::RecordingReader::open(folder.path() / "first");
  ASSERT_EQ(reader->episodes().size(), 1U);
  EXPECT_EQ(reader->facts().world, "doom");
  EXPECT_EQ(reader->facts().action_rate_hz, 35.0);
  EXPECT_EQ(reader->facts().counts_per_turn, 4096.0);

  // The actions, tic by tic, are those of the demo.
  const DoomDemo demo = parse_demo(read_binary_file(lump), "short");
  const std::vector<Action> expected = to_actions(demo.commands(0), 4096);
  const auto actions = reader->actions(0);
  ASSERT_EQ(actions.size(), kTics);
  for (std::size_t tic = 0; tic < kTics; ++tic) {
    EXPECT_EQ(actions[tic].action, expected[tic]) << tic;
    EXPECT_EQ(actions[tic].step, tic);
    EXPECT_EQ(actions[tic].observed_frame, static_cast<std::int64_t>(tic) - 1);
    EXPECT_EQ(actions[tic].time, from_ns(0) + doom_time(tic));
  }
  // The picture of step t + 1 is what tic t left.
  const auto frames = reader->frames(0);
  ASSERT_EQ(frames.size(), kTics);
  for (std::size_t tic = 0; tic < kTics; ++tic) EXPECT_EQ(frames[tic].step, tic + 1);
  const auto video = video::open_video(reader->video_path());
  EXPECT_EQ(video->timestamps_us().size(), kTics);
  EXPECT_EQ(video->size(), (FrameSize{320, 240}));

  // One from a pickup, the others from what the player did (tests/desktop/motions_test.cpp).
  const auto& instructions = reader->episodes()[0].instructions;
  const auto is_pickup = [](const Instruction& told) { return told.text.starts_with("pick up"); };
  ASSERT_EQ(std::count_if(instructions.begin(), instructions.end(), is_pickup), 1);
  const Instruction& instruction = *std::find_if(instructions.begin(), instructions.end(), is_pickup);
  EXPECT_EQ(instruction.text, "pick up the pump-action shotgun");
  EXPECT_EQ(instruction.begin, from_ns(0));
  EXPECT_EQ(instruction.end, from_ns(0) + doom_time(96));
  EXPECT_EQ(instruction.mark, SuccessMark::kSucceeded);

  const auto again = datasets::RecordingReader::open(folder.path() / "second");
  EXPECT_EQ(hashes_in(*again), hashes_in(*reader));
}

// What the recorded events say, summed up again, is what the actions say.
TEST(ImportDoomDemo, EventsAgreeWithActions) {
  const TemporaryFolder folder;
  const std::filesystem::path lump = write_short_demo(folder.path());
  ASSERT_EQ(run_import(lump.string() + " --out " + (folder.path() / "out").string()).code, 0);
  const auto reader = datasets::RecordingReader::open(folder.path() / "out");
  const auto events = reader->inputs(0);
  ControlSet held;
  auto next = events.begin();
  for (const datasets::RecordedAction& recorded : reader->actions(0)) {
    std::vector<InputEvent> inside;
    for (; next != events.end() && next->time == recorded.time; ++next) inside.push_back(*next);
    EXPECT_EQ(summarise(inside, held), recorded.action) << recorded.step;
    held = recorded.action.held;
  }
  EXPECT_EQ(next, events.end());
}

// freedoom1 with its demos cut to their first tics.
std::filesystem::path write_short_wad(const std::filesystem::path& folder, std::uint32_t tics) {
  std::vector<std::uint8_t> bytes = read_binary_file(wad_path("freedoom1"));
  const WadFile wad(bytes, "freedoom1");
  const std::uint32_t directory = read_u32(bytes, 8, "directory");
  for (std::size_t i = 0; i < wad.entries().size(); ++i) {
    const WadFile::Entry& entry = wad.entries()[i];
    if (!entry.name.starts_with("DEMO")) continue;
    const std::uint32_t size = 13 + 4 * tics + 1;
    bytes[entry.offset + size - 1] = 0x80;
    for (std::size_t byte = 0; byte < 4; ++byte)
      bytes[directory + 16 * i + 4 + byte] = static_cast<std::uint8_t>(size >> (8 * byte));
  }
  write_file_atomically(folder / "freedoom1.wad", bytes);
  return folder / "freedoom1.wad";
}

TEST(ImportDoomDemo, AllOfAWadIsADatasetWithAHeldOutDemo) {
  const TemporaryFolder folder;
  const std::filesystem::path wad = write_short_wad(folder.path(), 20);
  const std::filesystem::path out = folder.path() / "out";
  const ProgramRun run = run_import("--all --wad " + wad.string() + " --out " + out.string());
  ASSERT_EQ(run.code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("2 recordings for training, 1 for development, 1 held out"));
  const datasets::Manifest dataset = datasets::load_manifest(out / "dataset.toml");
  ASSERT_EQ(dataset.recordings.size(), 4U);
  EXPECT_EQ(dataset.recordings[0].split, "training");
  EXPECT_EQ(dataset.recordings[2].split, "development");
  EXPECT_EQ(dataset.recordings[3].split, "held_out");
  EXPECT_EQ(dataset.recordings[3].path, (out / "freedoom1-demo4").string());
  EXPECT_EQ(dataset.statistics.episodes, 4U);
  EXPECT_EQ(dataset.statistics.actions, 80U);
  EXPECT_EQ(dataset.statistics.frames, 80U);
  EXPECT_NEAR(dataset.statistics.seconds, 80 / 35.0, 1e-6);
}

TEST(ImportDoomDemo, SaysWhatIsWrong) {
  const TemporaryFolder folder;
  const std::string out = " --out " + (folder.path() / "out").string();
  EXPECT_THAT(run_import("DEMO9" + out).output, HasSubstr("freedoom1.wad has no lump DEMO9; the nearest"));
  EXPECT_THAT(run_import("DEMO1 --player 2" + out).output, HasSubstr("player 2 does not play in this demo"));
  EXPECT_THAT(run_import("DEMO1 --wad /no/such.wad" + out).output, HasSubstr("/no/such.wad"));
  write_file_atomically(folder.path() / "text.wad", "no WAD at all");
  EXPECT_THAT(run_import("DEMO1 --wad " + (folder.path() / "text.wad").string() + out).output, HasSubstr("is no WAD"));
  const ProgramRun nothing = run_import(out);
  EXPECT_EQ(nothing.code, 2);
  EXPECT_THAT(nothing.output, HasSubstr("which demo?"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "out")) << "a failed import leaves no folder behind";
}

}  // namespace
}  // namespace atl::envs::desktop
