#include "tools/import_owamcap.h"

#include "core/error.h"
#include "core/resize.h"
#include "core/stop.h"
#include "core/version.h"
#include "datasets/owa_reader.h"
#include "datasets/video/film_stream.h"
#include "datasets/video/writer.h"
#include "datasets/writer.h"

#include <algorithm>
#include <memory>

namespace atl::tools {
namespace {

using datasets::OwaRecording;
using datasets::OwaScreen;

constexpr std::uint64_t kProgressPictures = 60;
// Matroska counts milliseconds; what the index calls a picture may be off by one of them.
constexpr std::int64_t kSameTime_ns = 1'500'000;

// The one film that all pictures are in, beside the .mcap.
std::filesystem::path film_of(const OwaImport& import, const OwaRecording& recording) {
  if (recording.screens.empty())
    fail(ErrorKind::kFormat, "{} names no picture of a film on its topic `screen` ({} pictures lie elsewhere)",
         import.source.string(), recording.num_unreferenced);
  const std::string& uri = recording.screens.front().uri;
  for (const OwaScreen& screen : recording.screens) {
    if (screen.uri != uri)
      fail(ErrorKind::kFormat, "{} has pictures of {} and of {}; import recordings of one film each",
           import.source.string(), uri, screen.uri);
  }
  if (uri.find("://") != std::string::npos)
    fail(ErrorKind::kFormat, "{} has its film at {}; expected a file beside it", import.source.string(), uri);
  return import.source.parent_path() / uri;
}

int shrink_factor(FrameSize size, int max_width_px) {
  int factor = 1;
  while (max_width_px > 0 && size.width_px / factor > max_width_px) ++factor;
  return factor;
}

SourceFacts facts_of(const OwaImport& import, const OwaRecording& recording) {
  SourceFacts facts;
  facts.world = import.world;
  facts.world_version = "owamcap " + import.source.filename().string();
  facts.clock = "world";
  facts.action_rate_hz = import.action_rate_hz;
  facts.counts_per_turn = import.counts_per_turn;
  facts.cursor = recording.has_raw_mouse ? "hidden" : "drawn";
  facts.codec = "h264";
  facts.recorder_version = version();
  return facts;
}

// One run of import_owamcap.
class Importer {
 public:
  Importer(const OwaImport& import, OwaRecording recording)
      : import_(import),
        recording_(std::move(recording)),
        film_(video::open_film(film_of(import, recording_))),
        factor_(shrink_factor(film_->size(), import.max_width_px)),
        resizer_({film_->size().width_px / factor_, film_->size().height_px / factor_}),
        begin_(recording_.screens.front().time),
        end_(recording_.screens.back().time),
        period_(period_of(import.action_rate_hz)) {}

  OwaImportSummary run(const std::filesystem::path& out,
                       const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
    open(out);
    for (const OwaScreen& screen : recording_.screens) {
      if (stop_requested())
        fail(ErrorKind::kFile,
             "stopped after {} of {} pictures; {} is a part of the recording, remove it to import again",
             summary_.pictures, recording_.screens.size(), out.string());
      finish_steps(screen.time);
      add_events(screen.time);
      add_picture(screen);
      if (summary_.pictures % kProgressPictures == 0) progress(summary_.pictures, recording_.screens.size());
    }
    finish_steps(end_);
    close();
    return summary_;
  }

 private:
  [[nodiscard]] Timestamp own(Timestamp time) const { return from_ns(0) + (time - begin_); }

  void open(const std::filesystem::path& out) {
    datasets::RecordingOptions options;
    options.folder = out;
    options.facts = facts_of(import_, recording_);
    video::VideoOptions video;
    video.rate_hz = static_cast<double>(recording_.screens.size()) / std::max(1e-3, to_seconds(end_ - begin_));
    options.video = video::video_writer_factory(video);
    writer_ = datasets::RecordingWriter::create(std::move(options));
    writer_->begin_episode({.time = own(begin_),
                            .family = "free play",
                            .split = "train",
                            .instruction = import_.instruction,
                            .player = "human"});
    tell_instruction(std::nullopt);
    while (next_event_ < recording_.events.size() && recording_.events[next_event_].time < begin_) ++next_event_;
    drop("input", "pressed or moved before the first picture", next_event_);
    const auto later = std::count_if(recording_.events.begin(), recording_.events.end(),
                                     [&](const InputEvent& event) { return event.time >= end_; });
    drop("input", "pressed or moved after the last picture", static_cast<std::uint64_t>(later));
    drop("input", "keys outside of the vocabulary", recording_.num_foreign);
    drop("input", "absolute motion in mouse/raw", recording_.num_absolute);
    drop("capture", "pictures outside of the film", recording_.num_unreferenced);
  }

  void tell_instruction(std::optional<Timestamp> end) {
    if (import_.instruction.empty()) return;
    Instruction instruction;
    instruction.text = import_.instruction;
    instruction.begin = own(begin_);
    instruction.end = end;
    instruction.source = InstructionSource::kAnnotator;
    writer_->instruction(instruction);
  }

  void drop(const char* where, const char* reason, std::uint64_t count) {
    if (count > 0) writer_->drop({own(begin_), where, reason, count});
    summary_.dropped += count;
  }

  // Every step that is over at `time` becomes an action.
  void finish_steps(Timestamp time) {
    while (own(begin_) + static_cast<std::int64_t>(summary_.steps + 1) * period_ <= own(time)) {
      const Timestamp begin = from_ns(0) + static_cast<std::int64_t>(summary_.steps) * period_;
      add_events(begin_ + (begin + period_ - from_ns(0)));
      datasets::RecordedAction action;
      action.step = summary_.steps++;
      action.time = begin;
      action.action = summarise(in_step_, held_);
      held_ = action.action.held;
      in_step_.clear();
      writer_->action(action);
    }
  }

  void add_events(Timestamp until) {
    for (; next_event_ < recording_.events.size() && recording_.events[next_event_].time < until; ++next_event_) {
      InputEvent event = recording_.events[next_event_];
      event.time = own(event.time);
      if (event.kind == InputKind::kAbsoluteMotion) {  // on the picture as it is stored
        event.dx /= factor_;
        event.dy /= factor_;
      }
      writer_->input(event);
      in_step_.push_back(event);
      ++summary_.events;
    }
  }

  // Reads on in the film to the picture that the index means.
  void add_picture(const OwaScreen& screen) {
    std::int64_t pts_ns = film_pts_ns_;
    while (pts_ns < screen.pts_ns - kSameTime_ns) {
      if (!film_->next(pts_ns, pixels_))
        fail(ErrorKind::kFormat, "{} speaks of a picture at {} ns, and film {} ends at {} ns", import_.source.string(),
             screen.pts_ns, screen.uri, film_pts_ns_);
      film_pts_ns_ = pts_ns;
    }
    if (pts_ns > screen.pts_ns + kSameTime_ns)
      fail(ErrorKind::kFormat, "{} speaks of a picture at {} ns, and the nearest of film {} is at {} ns",
           import_.source.string(), screen.pts_ns, screen.uri, pts_ns);
    const FrameSize from = film_->size();
    Frame frame = make_frame(resizer_.target_size());
    resizer_.resize({pixels_.data(), from.width_px, from.height_px, std::ptrdiff_t{kBytesPerPixel} * from.width_px},
                    frame.pixels);
    frame.sequence = summary_.pictures++;
    frame.requested = frame.done = own(screen.time);
    frame.window = {0, 0, frame.width_px, frame.height_px};
    writer_->frame(frame, summary_.steps);
  }

  void close() {
    datasets::EpisodeEnd end;
    end.time = own(end_);
    end.num_steps = summary_.steps;
    end.verdict = "aborted";
    end.reason = "the recording ends; nobody judged it";
    end.judge = "none";
    tell_instruction(end.time);
    writer_->end_episode(end);
    summary_.seconds = writer_->close().seconds;
  }

  const OwaImport& import_;
  const OwaRecording recording_;
  std::unique_ptr<video::FilmStream> film_;
  const int factor_;
  Resizer resizer_;
  const Timestamp begin_;
  const Timestamp end_;
  const Duration period_;
  std::unique_ptr<datasets::RecordingWriter> writer_;
  std::size_t next_event_ = 0;
  std::vector<InputEvent> in_step_;  // of the step that is not over
  ControlSet held_;                  // when it began
  std::vector<std::uint8_t> pixels_;
  std::int64_t film_pts_ns_ = std::numeric_limits<std::int64_t>::min() / 2;  // of the picture in pixels_
  OwaImportSummary summary_;
};

}  // namespace

OwaImportSummary import_owamcap(const OwaImport& import, const std::filesystem::path& out,
                                const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  return Importer(import, datasets::read_owamcap(import.source)).run(out, progress);
}

}  // namespace atl::tools
