#include "datasets/labels.h"

#include "core/error.h"
#include "core/files.h"
#include "datasets/label_format.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

namespace atl::datasets {
namespace {

constexpr std::string_view kSuffix = ".jsonl";

std::filesystem::path file_of(const std::filesystem::path& folder, const std::string& annotator) {
  return folder / kLabelsFolder / (annotator + std::string(kSuffix));
}

[[noreturn]] void fail_system(std::string_view attempt, const std::filesystem::path& path) {
  fail(ErrorKind::kFile, "cannot {} {}: {}", attempt, path.string(), std::strerror(errno));
}

// A name in a folder is on the disk only when the folder is.
void flush_folder(const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail_system("open", folder);
  const int result = ::fsync(fd);
  ::close(fd);
  if (result != 0) fail_system("flush", folder);
}

std::vector<LabelChange> reversed(const std::vector<LabelChange>& changes) {
  std::vector<LabelChange> back;
  for (auto change = changes.rbegin(); change != changes.rend(); ++change)
    back.push_back({change->id, change->after, change->before});
  return back;
}

std::string text_of(const std::optional<Label>& label) {
  return label ? fmt::format("\"{}\" in episode {}", label->instruction.text, label->episode) : "nothing";
}

}  // namespace

struct LabelLog::State {
  std::filesystem::path path;
  std::string annotator;
  LabelBase base;
  bool is_writer = false;
  int fd = -1;  // of a writer, once there is a file
  LabelMap labels;
  std::vector<LabelEdit> edits;
  std::vector<std::size_t> undo_stack;  // edits that undo takes back, the next one last
  std::vector<std::size_t> redo_stack;
  std::set<std::uint64_t> touched;  // episodes
  std::uint64_t next_id = 0;

  ~State() {
    if (fd >= 0) ::close(fd);
  }
  void read();
  void open_for_writing();
  void create_file();
  void append(const std::string& line);
  void save(LabelEdit edit);
  void require_present(const std::vector<LabelChange>& changes) const;
  void take(LabelEdit edit);
  void require_fit(const Label& label) const;
  std::vector<LabelChange> go(const std::vector<std::size_t>& from, bool is_undo);
};

// Refuses changes that do not fit what stands there.
void LabelLog::State::require_present(const std::vector<LabelChange>& changes) const {
  std::set<std::uint64_t> seen;
  for (const LabelChange& change : changes) {
    if (!seen.insert(change.id).second) fail(ErrorKind::kUsage, "label {} is changed twice in one edit", change.id);
    const auto found = labels.find(change.id);
    const std::optional<Label> present = found == labels.end() ? std::nullopt : std::optional(found->second);
    if (present != change.before)
      fail(ErrorKind::kUsage, "label {} is {} now, the edit expects {}; look at it again", change.id, text_of(present),
           text_of(change.before));
  }
}

void LabelLog::State::take(LabelEdit edit) {
  if (edit.number != edits.size() + 1)
    fail(ErrorKind::kFormat, "edit {}, expected {}: some are missing", edit.number, edits.size() + 1);
  require_present(edit.changes);
  for (const LabelChange& change : edit.changes) {
    if (change.after)
      labels[change.id] = *change.after;
    else
      labels.erase(change.id);
    if (change.id >= kFirstOwnLabel) next_id = std::max(next_id, change.id + 1);
    for (const auto& side : {change.before, change.after})
      if (side) touched.insert(side->episode);
  }
  const std::optional<std::uint64_t> again = edit.undo ? edit.undo : edit.redo;
  if (again) {
    std::vector<std::size_t>& from = edit.undo ? undo_stack : redo_stack;
    if (from.empty() || from.back() + 1 != *again)
      fail(ErrorKind::kFormat, "takes edit {} back or does it again, which is not its turn", *again);
    (edit.undo ? redo_stack : undo_stack).push_back(from.back());
    from.pop_back();
  } else {
    undo_stack.push_back(edits.size());
    redo_stack.clear();
  }
  edits.push_back(std::move(edit));
}

void LabelLog::State::read() {
  const std::string text = read_text_file(path);
  std::size_t number = 0;
  for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    try {
      if (++number > 1) {
        take(parse_label_edit(line));
        continue;
      }
      const LabelHeader header = parse_label_header(line);
      if (header.recorded > base.recorded.size())
        fail(ErrorKind::kFormat,
             "labels of a recording with {} instructions, this one has {}: it is another one, or was repaired",
             header.recorded, base.recorded.size());
    } catch (const Error& error) {
      fail(error.kind() == ErrorKind::kVersion ? error.kind() : ErrorKind::kFormat, "{}, line {}: {}", path.string(),
           number, error.what());
    }
  }
}

void LabelLog::State::open_for_writing() {
  fd = ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
  if (fd < 0) fail_system("open", path);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0)
    fail(ErrorKind::kFile, "{} is being edited by another `atoll label`; end that one, or label as another annotator",
         path.string());
}

void LabelLog::State::create_file() {
  std::filesystem::create_directories(path.parent_path());
  fd = ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) {
    if (errno == EEXIST) fail(ErrorKind::kFile, "{} was made by another `atoll label` just now", path.string());
    fail_system("create", path);
  }
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) fail_system("lock", path);
  append(to_line(LabelHeader{.annotator = annotator, .recorded = base.recorded.size()}));
  flush_folder(path.parent_path());
  flush_folder(path.parent_path().parent_path());
}

// The whole line or nothing.
void LabelLog::State::append(const std::string& line) {
  const off_t size = ::lseek(fd, 0, SEEK_END);
  if (size < 0) fail_system("find the end of", path);
  std::size_t written = 0;
  while (written < line.size()) {
    const ssize_t n = ::write(fd, line.data() + written, line.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    written += static_cast<std::size_t>(n);
  }
  if (written == line.size() && ::fdatasync(fd) == 0) return;
  const int error = errno;
  if (::ftruncate(fd, size) != 0)  // what was written of the line must not run into the next one
    fail(ErrorKind::kFile, "{} cannot be saved ({}) nor cut back ({}): look at its last line", path.string(),
         std::strerror(error), std::strerror(errno));
  errno = error;
  fail_system("save to", path);
}

void LabelLog::State::save(LabelEdit edit) {
  ATOLL_CHECK(is_writer, "{} was opened to read", path.string());
  require_present(edit.changes);
  edit.number = edits.size() + 1;
  edit.wall_ns = read_wall_anchor().wall_ns;
  const std::string line = to_line(edit);
  if (fd < 0) create_file();
  append(line);
  take(std::move(edit));
}

void LabelLog::State::require_fit(const Label& label) const {
  const Instruction& i = label.instruction;
  if (i.text.empty() || i.text.size() > kMaxLabelBytes)
    fail(ErrorKind::kUsage, "an instruction of {} bytes, expected 1 to {}", i.text.size(), kMaxLabelBytes);
  if (label.episode >= base.episodes.size())
    fail(ErrorKind::kUsage, "\"{}\" is in episode {}, expected < {}", i.text, label.episode, base.episodes.size());
  const LabelBase::Span& span = base.episodes[label.episode];
  const Timestamp end = i.end.value_or(span.end);
  if (i.begin < span.begin || end > span.end || i.begin >= end)
    fail(ErrorKind::kUsage, "\"{}\" is from {:.3f} to {:.3f} s of episode {}, expected inside 0 to {:.3f} s", i.text,
         to_seconds(i.begin - span.begin), to_seconds(end - span.begin), label.episode,
         to_seconds(span.end - span.begin));
}

std::vector<LabelChange> LabelLog::State::go(const std::vector<std::size_t>& from, bool is_undo) {
  if (from.empty()) return {};
  const LabelEdit& meant = edits[from.back()];
  LabelEdit edit{.what = (is_undo ? "undo " : "redo ") + meant.what,
                 .changes = is_undo ? reversed(meant.changes) : meant.changes};
  (is_undo ? edit.undo : edit.redo) = meant.number;
  save(edit);
  return edit.changes;
}

LabelLog::LabelLog(std::unique_ptr<State> state) : state_(std::move(state)) {}
LabelLog::~LabelLog() = default;

std::unique_ptr<LabelLog> LabelLog::open(const std::filesystem::path& folder, const std::string& annotator,
                                         LabelBase base, Mode mode) {
  require_annotator_name(annotator);
  auto state = std::make_unique<State>();
  state->path = file_of(folder, annotator);
  state->annotator = annotator;
  state->is_writer = mode == Mode::kWrite;
  state->labels = base.recorded;
  state->next_id = kFirstOwnLabel;
  state->base = std::move(base);
  if (std::filesystem::exists(state->path)) {
    if (state->is_writer) state->open_for_writing();
    if (state->is_writer) {  // a line that a kill cut short was never acknowledged
      const std::string text = read_text_file(state->path);
      const std::size_t whole = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
      if (whole != text.size() && ::ftruncate(state->fd, static_cast<off_t>(whole)) != 0)
        fail_system("cut the unfinished line off", state->path);
      if (whole == 0)
        state->append(to_line(LabelHeader{.annotator = annotator, .recorded = state->base.recorded.size()}));
    }
    state->read();
  }
  return std::unique_ptr<LabelLog>(new LabelLog(std::move(state)));
}

const LabelMap& LabelLog::labels() const { return state_->labels; }
const LabelBase& LabelLog::base() const { return state_->base; }
std::uint64_t LabelLog::revision() const { return state_->edits.size(); }
std::uint64_t LabelLog::next_id() const { return state_->next_id; }
bool LabelLog::touches(std::uint64_t episode) const { return state_->touched.contains(episode); }

void LabelLog::edit(const std::string& what, const std::vector<LabelChange>& changes) {
  if (changes.empty()) fail(ErrorKind::kUsage, "an edit that changes nothing");
  for (const LabelChange& change : changes) {
    if (!change.before && change.id < state_->next_id)
      fail(ErrorKind::kUsage, "a new label with the id {}, expected {} or more", change.id, state_->next_id);
    if (change.after) state_->require_fit(*change.after);
  }
  state_->save({.what = what, .changes = changes});
}

std::optional<std::string> LabelLog::undoable() const {
  if (state_->undo_stack.empty()) return std::nullopt;
  return state_->edits[state_->undo_stack.back()].what;
}
std::optional<std::string> LabelLog::redoable() const {
  if (state_->redo_stack.empty()) return std::nullopt;
  return state_->edits[state_->redo_stack.back()].what;
}
std::vector<LabelChange> LabelLog::undo() { return state_->go(state_->undo_stack, true); }
std::vector<LabelChange> LabelLog::redo() { return state_->go(state_->redo_stack, false); }

LabelBase label_base(const RecordingReader& reader) {
  LabelBase base;
  for (const Episode& episode : reader.episodes()) {
    const Timestamp end = episode.end ? episode.end->time : Timestamp::max();
    for (const Instruction& instruction : episode.instructions)
      base.recorded.emplace(base.recorded.size(), Label{base.episodes.size(), instruction});
    base.episodes.push_back({episode.start.time, end});
  }
  return base;
}

void require_annotator_name(const std::string& name) {
  const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
  if (name.empty() || name.size() > 64 || !is_plain || name[0] == '.')
    fail(ErrorKind::kUsage,
         "annotator \"{}\": expected 1 to 64 of the characters a-z, A-Z, 0-9, '_', '-' and '.', and no '.' first",
         name);
}

std::vector<std::string> annotators_of(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  if (!std::filesystem::is_directory(folder / kLabelsFolder)) return names;
  for (const auto& entry : std::filesystem::directory_iterator(folder / kLabelsFolder))
    if (entry.path().extension() == kSuffix) names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::vector<Instruction>> instructions_of(const RecordingReader& reader,
                                                      std::span<const std::string> annotators) {
  std::vector<std::unique_ptr<LabelLog>> logs;
  for (const std::string& annotator : annotators) {
    const std::vector<std::string> known = annotators_of(reader.folder());
    if (std::find(known.begin(), known.end(), annotator) == known.end())
      fail(ErrorKind::kConfig, "{} has no labels by \"{}\"; it has those of: {}", reader.folder().string(), annotator,
           known.empty() ? "nobody" : fmt::format("{}", fmt::join(known, ", ")));
    logs.push_back(LabelLog::open(reader.folder(), annotator, label_base(reader), LabelLog::Mode::kRead));
  }
  std::vector<std::vector<Instruction>> all;
  for (std::size_t i = 0; i < reader.episodes().size(); ++i) {
    const auto winner = std::find_if(logs.begin(), logs.end(), [&](const auto& log) { return log->touches(i); });
    if (winner == logs.end()) {
      all.push_back(reader.episodes()[i].instructions);
      continue;
    }
    std::vector<Instruction>& of_episode = all.emplace_back();
    for (const auto& [id, label] : (*winner)->labels())
      if (label.episode == i) of_episode.push_back(label.instruction);
    std::stable_sort(of_episode.begin(), of_episode.end(),
                     [](const Instruction& a, const Instruction& b) { return a.begin < b.begin; });
  }
  return all;
}

}  // namespace atl::datasets
