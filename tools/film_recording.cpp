#include "tools/film_recording.h"

#include "core/error.h"
#include "datasets/labels.h"
#include "datasets/video/reader.h"
#include "session/replay.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace atl::tools {
namespace {

Frame copy_frame(ImageView picture) {
  Frame frame = make_frame(picture.size());
  copy_packed(picture, frame.pixels);
  return frame;
}

// What holds at `time`: of those that have begun and not ended, the newest. One without an end holds to the last.
std::string told_at(const std::vector<Instruction>& instructions, Timestamp time) {
  std::string told;
  for (const Instruction& i : instructions)
    if (i.begin <= time && time < i.end.value_or(Timestamp::max())) told = i.text;
  return told;
}

// The picture that stood on the screen when each action began, then the last one.
void film_stored(const session::EpisodeTrace& trace, const std::vector<Instruction>& instructions,
                 datasets::VideoReader& video, video::EpisodeVideo& film) {
  std::vector<datasets::FrameEntry> pictures;
  std::copy_if(trace.frames.begin(), trace.frames.end(), std::back_inserter(pictures),
               [](const datasets::FrameEntry& entry) { return entry.kind == datasets::FrameKind::kVideo; });
  if (pictures.empty()) return;
  Frame frame = make_frame(video.size());
  const auto load = [&](std::size_t index) {
    video.read(datasets::index_at(video, pictures[index].video_pts_us), frame.pixels);
  };
  std::size_t shown = 0;
  load(shown);
  for (const datasets::RecordedAction& step : trace.actions) {
    std::size_t newest = shown;
    while (newest + 1 < pictures.size() && pictures[newest + 1].done <= step.time) ++newest;
    if (newest != shown) load(shown = newest);
    if (!instructions.empty()) film.tell(told_at(instructions, step.time));
    if (!step.doing.empty()) film.say(step.doing);
    film.add(frame.view(), step.action, step.step);
  }
  if (shown + 1 != pictures.size()) load(pictures.size() - 1);
  film.end(frame.view(), trace.end.verdict, trace.end.reason);
}

void film_replayed(const session::EpisodeTrace& trace, const std::vector<Instruction>& instructions,
                   envs::SteppedEnvironment& world, video::EpisodeVideo& film) {
  Frame last;
  const session::ReplayResult result = session::replay_episode(world, trace, [&](const envs::Observation& seen) {
    if (seen.step < trace.actions.size()) {
      const datasets::RecordedAction& step = trace.actions[seen.step];
      if (!instructions.empty()) film.tell(told_at(instructions, step.time));
      if (!step.doing.empty()) film.say(step.doing);
      film.add(seen.frame, step.action, seen.step);
    }
    last = copy_frame(seen.frame);
  });
  if (!result.is_equal())
    fail(ErrorKind::kFormat,
         "episode {} cannot be rendered again as it was recorded:\n  {}\nwas it recorded by another "
         "version of the world?",
         trace.start.episode, fmt::join(result.differences, "\n  "));
  film.end(last.view(), trace.end.verdict, trace.end.reason);
}

// Stepped worlds note the size of their pictures as the window's.
FrameSize size_of(const session::EpisodeTrace& trace) {
  if (trace.frames.empty()) fail(ErrorKind::kFormat, "episode {} has no pictures to show", trace.start.episode);
  return {trace.frames.front().window.width_px, trace.frames.front().window.height_px};
}

}  // namespace

std::vector<Chapter> film_recording(datasets::RecordingReader& recording, const std::vector<std::uint64_t>& episodes,
                                    const WorldFactory& create_world, video::EpisodeVideo& film,
                                    std::span<const std::string> annotators) {
  const std::vector<std::vector<Instruction>> instructions = datasets::instructions_of(recording, annotators);
  const bool has_video = std::filesystem::exists(recording.video_path());
  const double rate_hz = recording.facts().action_rate_hz;
  std::unique_ptr<datasets::VideoReader> video;
  std::unique_ptr<envs::SteppedEnvironment> world;
  FrameSize world_size;
  std::vector<Chapter> chapters;
  for (const std::uint64_t episode : episodes) {
    if (episode >= recording.episodes().size())
      fail(ErrorKind::kUsage, "episode {} of {}, expected < {}", episode, recording.folder().string(),
           recording.episodes().size());
    const session::EpisodeTrace trace = session::read_trace(recording, episode);
    chapters.push_back({episode, static_cast<double>(film.num_pictures()) / rate_hz, trace.instruction.text,
                        trace.end.verdict, trace.end.reason, trace.actions.size()});
    film.begin(trace.instruction.text,
               fmt::format("episode {} of {}, {}", episode + 1, recording.episodes().size(), trace.start.player));
    if (has_video) {
      if (video == nullptr) video = video::open_video(recording.video_path());
      film_stored(trace, instructions[episode], *video, film);
      continue;
    }
    if (world == nullptr || world_size != size_of(trace)) {
      world_size = size_of(trace);
      world = create_world(recording.facts().world, world_size);
    }
    film_replayed(trace, instructions[episode], *world, film);
  }
  return chapters;
}

}  // namespace atl::tools
