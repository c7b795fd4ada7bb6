// One recording that the labelling page shows: its episodes on one time axis, its pictures, what was pressed, and the
// labels of one annotator. Answers are JSON or bytes as web/pages/label.js wants them.
//
// Times of the page are seconds from the begin of an episode; episodes lie one after another on the axis, those of a
// live recording where they were. Any thread.
#pragma once

#include "datasets/labels.h"
#include "web/picture_source.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace atl::web {

/// First drafts of labels for one episode, from what can be known in hindsight. `pictures` are the recording's.
using DraftRule = std::function<std::vector<Instruction>(datasets::RecordingReader& reader, std::size_t episode,
                                                         PictureSource& pictures)>;

/// Which pictures are wanted: the one that is seen at `from_s`, then those up to `to_s`, `most` at the most, none
/// nearer to the one before than `gap_s`.
struct PictureWish {
  std::size_t episode = 0;
  double from_s = 0;
  double to_s = 0;
  double gap_s = 0;
  std::size_t most = 1;
  int most_px = 0;  // width
};

class OpenRecording {
 public:
  /// Reads the recording. Throws what RecordingReader and LabelLog throw.
  OpenRecording(const std::filesystem::path& folder, const std::string& annotator, const PictureParts& parts);

  /// World, episodes with their place on the axis, and all labels.
  [[nodiscard]] std::string describe() const;
  /// For each picture its time (float64, seconds in the episode), its size in bytes (uint32) and its JPEG; little
  /// endian. The last picture's place also says where the answer stops, so that the page knows what it has.
  [[nodiscard]] std::string pictures(const PictureWish& wish);
  /// What was pressed from `from_s` to `to_s` of an episode.
  [[nodiscard]] std::string actions(std::size_t episode, double from_s, double to_s);

  /// Carries out an edit that the page sent: {"revision", "what", "changes": [{"id", "label"}]}; `id` null: a new
  /// label, `label` null: deleted. Answers with what changed. Throws Error(kUsage) where the page did not see the
  /// newest labels, or they do not fit.
  [[nodiscard]] std::string edit(std::string_view json);
  [[nodiscard]] std::string undo();
  [[nodiscard]] std::string redo();
  /// Adds what `rule` finds in the episode as one edit; what is there already, word for word and at its time, is left.
  [[nodiscard]] std::string draft(std::size_t episode, const DraftRule& rule);

 private:
  [[nodiscard]] Timestamp begin_of(std::size_t episode) const;
  [[nodiscard]] Timestamp end_of(std::size_t episode) const;
  [[nodiscard]] std::string answer(const std::vector<datasets::LabelChange>& changes) const;

  const std::filesystem::path folder_;
  const PictureParts parts_;
  std::unique_ptr<datasets::RecordingReader> reader_;
  std::vector<double> axis_s_;               // where each episode begins on the axis
  std::mutex reader_mutex_;                  // for what reads chunks of the file or pictures
  std::unique_ptr<PictureSource> pictures_;  // guarded by reader_mutex_
  mutable std::mutex labels_mutex_;
  std::unique_ptr<datasets::LabelLog> labels_;  // guarded by labels_mutex_
};

}  // namespace atl::web
