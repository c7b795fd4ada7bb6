// Labels: instructions and success marks that annotators gave to a finished recording, beside it in
// labels/ANNOTATOR.jsonl. An annotator sees what was recorded with their own changes on top; annotators never see or
// touch each other's. Used by `atoll label` to write and by whatever reads instructions (`instructions_of`).
//
// The file is a log that only grows, a JSON object a line: first what it belongs to, then one edit a line with what
// stood there before and after. An edit counts once its line is on the disk. Undo and redo are edits too, so that
// all history stays. A last line without its end was never acknowledged and is left out.
#pragma once

#include "core/instruction.h"
#include "datasets/reader.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::datasets {

inline constexpr int kLabelsVersion = 1;
inline constexpr std::string_view kLabelsFolder = "labels";
inline constexpr std::size_t kMaxLabelBytes = 1000;  // of an instruction's text

/// Ids of instructions: those recorded have 0, 1, ... in the recording's order, so that a recording may go on; an
/// annotator's own count from here.
inline constexpr std::uint64_t kFirstOwnLabel = std::uint64_t{1} << 32;

/// One instruction of one episode.
struct Label {
  std::uint64_t episode = 0;
  Instruction instruction;
  friend bool operator==(const Label&, const Label&) = default;
};
using LabelMap = std::map<std::uint64_t, Label>;  // by id

/// What an edit does to one label: nothing before, it is new; nothing after, it is deleted.
struct LabelChange {
  std::uint64_t id = 0;
  std::optional<Label> before;
  std::optional<Label> after;
};

/// What labels can belong to: the recorded instructions, and when each episode begins and ends.
struct LabelBase {
  struct Span {
    Timestamp begin;
    Timestamp end;
  };
  std::vector<Span> episodes;
  LabelMap recorded;
};
[[nodiscard]] LabelBase label_base(const RecordingReader& reader);

/// Throws Error(kUsage) unless `name` can be an annotator's: 1 to 64 of a-z, A-Z, 0-9, '_', '-' and '.', no '.' first.
void require_annotator_name(const std::string& name);

/// Who has labels beside the recording `folder`, in alphabetical order.
[[nodiscard]] std::vector<std::string> annotators_of(const std::filesystem::path& folder);

/// One annotator's labels of one recording. One thread.
class LabelLog {
 public:
  enum class Mode : std::uint8_t {
    kRead,   // a file that is not there is an annotator who changed nothing
    kWrite,  // one writer at a time; the file is made with the first edit
  };
  /// Throws Error(kFile), Error(kVersion) for a newer file, or Error(kFormat) naming file and line where an edit does
  /// not fit what stood there before: the file belongs to another recording, or was changed by hand.
  [[nodiscard]] static std::unique_ptr<LabelLog> open(const std::filesystem::path& folder, const std::string& annotator,
                                                      LabelBase base, Mode mode);
  ~LabelLog();
  LabelLog(const LabelLog&) = delete;
  LabelLog& operator=(const LabelLog&) = delete;

  [[nodiscard]] const LabelMap& labels() const;
  [[nodiscard]] const LabelBase& base() const;
  /// Number of the newest edit; 0: none.
  [[nodiscard]] std::uint64_t revision() const;
  /// An id that no label has or had.
  [[nodiscard]] std::uint64_t next_id() const;
  /// Whether any edit ever changed a label of `episode`.
  [[nodiscard]] bool touches(std::uint64_t episode) const;

  /// Makes all `changes` or none, and returns when the disk has them. `what` is for people: "split". Throws
  /// Error(kUsage) where `before` is not what stands there, or `after` does not fit the recording: an empty or too long
  /// text, no UTF-8, an episode or a time that it does not have. Throws Error(kFile) when it cannot be saved; then
  /// nothing has changed.
  void edit(const std::string& what, const std::vector<LabelChange>& changes);

  /// What undo and redo would take back or do again; nothing if there is nothing.
  [[nodiscard]] std::optional<std::string> undoable() const;
  [[nodiscard]] std::optional<std::string> redoable() const;
  /// Saved like an edit. Return what changed; empty if there was nothing to do.
  std::vector<LabelChange> undo();
  std::vector<LabelChange> redo();

 private:
  struct State;
  explicit LabelLog(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The instructions of every episode, in order of their begin: for each episode those of the first of `annotators` who
/// ever touched it, else as recorded. Throws like LabelLog::open, and Error(kConfig) for an annotator without labels.
[[nodiscard]] std::vector<std::vector<Instruction>> instructions_of(const RecordingReader& reader,
                                                                    std::span<const std::string> annotators);

}  // namespace atl::datasets
