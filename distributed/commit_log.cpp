#include "distributed/commit_log.h"

#include "core/error.h"
#include "core/log.h"
#include "net/pack.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>
#include <utility>

namespace atl::distributed {
namespace {

namespace fs = std::filesystem;
using Span = std::span<const std::uint8_t>;

enum RecordType : std::uint32_t { kCommit = 1, kEvent = 2, kStateHead = 10, kStateValues = 11 };

constexpr std::size_t kValuesARecord = std::size_t{1} << 22;
constexpr net::PackLimits kOwnFiles{.max_bytes = std::size_t{1} << 30, .max_values = std::size_t{1} << 24};

// The head of a state file: what lies in it.
struct StateHead {
  std::vector<std::int64_t> versions;
  KeptRounds rounds;
};

struct Version {
  std::int64_t version = 0;
};

void describe(ConfigVisitor& v, Version& version) { v.field("version", &version.version, {.min = 0}); }

void describe(ConfigVisitor& v, StateHead& head) {
  std::vector<Version> versions;
  for (const std::int64_t version : head.versions) versions.push_back({version});
  v.list("versions", versions);
  head.versions.clear();
  for (const Version& version : versions) head.versions.push_back(version.version);
  v.table("rounds", head.rounds);
}

// A commit's record: u64 bytes of the head, the head, the parts.
struct CommitHead {
  Commit commit;
  DeltaForm form = DeltaForm::kDeltas;
  std::vector<std::string> sizes;  // bytes of the parts, as text: lists of numbers are int
};

void describe(ConfigVisitor& v, CommitHead& head) {
  v.table("commit", head.commit);
  describe_form(v, head.form);
  v.field("sizes", &head.sizes);
}

// Where values of a state file belong.
struct ValuesHead {
  std::uint32_t fragment = 0;
  std::uint32_t part = 0;  // 0: parameters, 1: momentum, 2: buffer
  std::uint64_t begin = 0;
};

template <class T>
Span bytes_of(const T& value) {
  return {reinterpret_cast<const std::uint8_t*>(&value), sizeof(T)};
}

fs::path numbered(const fs::path& folder, const char* kind, int number) {
  return folder / fmt::format("{}-{:08}", kind, number);
}

// Numbers of the files `kind`-NUMBER, rising.
std::vector<int> numbers_of(const fs::path& folder, const std::string& kind) {
  std::vector<int> numbers;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kind + "-")) continue;
    int number = 0;
    const char* end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data() + kind.size() + 1, end, number);
    if (error == std::errc() && stop == end) numbers.push_back(number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

void flush_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_flushed = fd >= 0 && ::fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!is_flushed) fail(ErrorKind::kFile, "{}: flushing the folder failed: {}", folder.string(), std::strerror(error));
}

std::array<std::vector<float>*, 3> parts_of(OuterState& state) {
  return {&state.parameters, &state.momentum, &state.buffer};
}

void write_state(const fs::path& path, const GlobalState& state, const KeptRounds& rounds) {
  const fs::path unfinished = path.string() + ".unfinished";
  fs::remove(unfinished);
  {
    RecordWriter writer(unfinished);
    const Bytes head = net::pack(StateHead{.versions = state.versions(), .rounds = rounds});
    const std::array<Span, 1> only{head};
    writer.append(kStateHead, only);
    for (std::size_t fragment = 0; fragment < state.fragments().size(); ++fragment) {
      const OuterState& outer = state.state(fragment);
      const std::array<const std::vector<float>*, 3> parts{&outer.parameters, &outer.momentum, &outer.buffer};
      for (std::uint32_t part = 0; part < parts.size(); ++part) {
        for (std::size_t begin = 0; begin < parts[part]->size(); begin += kValuesARecord) {
          const auto values =
              std::span(*parts[part]).subspan(begin, std::min(kValuesARecord, parts[part]->size() - begin));
          const ValuesHead where{.fragment = static_cast<std::uint32_t>(fragment), .part = part, .begin = begin};
          const std::array<Span, 2> body{
              bytes_of(where), Span(reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes())};
          writer.append(kStateValues, body);
        }
      }
    }
    writer.flush();
  }
  fs::rename(unfinished, path);
  flush_folder(path.parent_path());
}

void read_values(const fs::path& path, const Record& record, GlobalState& state, std::size_t& num_values) {
  ValuesHead where;
  const std::size_t bytes = record.body.size() - std::min(record.body.size(), sizeof where);
  if (record.body.size() >= sizeof where) std::memcpy(&where, record.body.data(), sizeof where);
  const bool is_known = where.fragment < state.fragments().size() && where.part < 3 && bytes % sizeof(float) == 0;
  const std::size_t size = is_known ? parts_of(state.state(where.fragment))[where.part]->size() : 0;
  const std::size_t count = bytes / sizeof(float);
  if (where.begin > size || count > size - where.begin) {
    fail(ErrorKind::kFormat,
         "{}: holds values {} to {} of part {} of fragment {}, where there are {}: it is of another run", path.string(),
         where.begin, where.begin + count, where.part, where.fragment, size);
  }
  std::vector<float>& part = *parts_of(state.state(where.fragment))[where.part];
  std::memcpy(part.data() + where.begin, record.body.data() + sizeof where, bytes);
  num_values += count;
}

KeptRounds read_state(const fs::path& path, GlobalState& state) {
  RecordReader reader(path);
  std::optional<Record> record = reader.next();
  if (!record || record->type != kStateHead) fail(ErrorKind::kFormat, "{}: is no whole state file", path.string());
  auto head = net::unpack<StateHead>(record->body, path.string(), kOwnFiles);
  if (head.versions.size() != state.fragments().size() || head.rounds.rounds.size() != state.fragments().size()) {
    fail(ErrorKind::kFormat, "{}: is of {} fragments, this run has {}", path.string(), head.versions.size(),
         state.fragments().size());
  }
  std::size_t expected = 0;
  for (std::size_t i = 0; i < head.versions.size(); ++i) {
    state.set_version(i, head.versions[i]);
    for (const std::vector<float>* part : parts_of(state.state(i))) expected += part->size();
  }
  std::size_t found = 0;
  while ((record = reader.next())) {
    if (record->type == kStateValues) read_values(path, *record, state, found);
  }
  if (found != expected) fail(ErrorKind::kFormat, "{}: has {} values, expected {}", path.string(), found, expected);
  return std::move(head.rounds);
}

StoredCommit to_commit(const fs::path& path, const Record& record) {
  const auto refuse = [&](const char* why) {
    fail(ErrorKind::kFormat, "{}: the commit at byte {} {}", path.string(), record.place, why);
  };
  std::uint64_t head_bytes = 0;
  if (record.body.size() < sizeof head_bytes) refuse("is too short");
  std::memcpy(&head_bytes, record.body.data(), sizeof head_bytes);
  Span rest = Span(record.body).subspan(sizeof head_bytes);
  if (head_bytes > rest.size()) refuse("is too short");
  auto head = net::unpack<CommitHead>(rest.first(head_bytes), path.string(), kOwnFiles);
  rest = rest.subspan(head_bytes);
  StoredCommit stored{.commit = std::move(head.commit), .form = head.form};
  for (const std::string& text : head.sizes) {
    std::uint64_t size = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc() || stop != text.data() + text.size() || size > rest.size())
      refuse("has parts of no right size");
    stored.parts.emplace_back(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size));
    rest = rest.subspan(size);
  }
  if (!rest.empty()) refuse("has bytes left over");
  return stored;
}

// Visits the records of one log. Only the last log of a folder may end torn.
void visit_log(const fs::path& path, int segment, bool is_last, const CommitLog::Visitor& visitor) {
  RecordReader reader(path);
  while (const std::optional<Record> record = reader.next()) {
    if (record->type == kCommit) {
      const StoredCommit stored = to_commit(path, *record);
      if (visitor.commit) visitor.commit(stored, {.segment = segment, .place = record->place});
    } else if (record->type == kEvent && visitor.event) {
      visitor.event(net::unpack<RunEvent>(record->body, path.string(), kOwnFiles));
    }
  }
  if (reader.torn_bytes() == 0) return;
  if (!is_last)
    fail(ErrorKind::kFormat, "{}: its last {} bytes are damaged, and another log follows; restore it from a copy",
         path.string(), reader.torn_bytes());
  log_info("{}: the last {} bytes were being written when the program ended; they are cut off", path.string(),
           reader.torn_bytes());
}

// Applies the commit unless the state has it. Throws Error(kFormat) for a gap.
void follow(const fs::path& folder, const StoredCommit& stored, GlobalState& state) {
  const Commit& commit = stored.commit;
  if (commit.fragment >= state.fragments().size())
    fail(ErrorKind::kFormat, "{}: has a commit of fragment {}, the run has {}", folder.string(), commit.fragment,
         state.fragments().size());
  const std::int64_t version = state.version(commit.fragment);
  if (commit.version <= version) return;
  if (commit.version != version + 1) {
    fail(ErrorKind::kFormat, "{}: version {} of fragment {} is followed by {}: commits are missing", folder.string(),
         version, commit.fragment, commit.version);
  }
  const std::size_t num_values = state.values(commit.fragment).size();
  for (const Bytes& part : stored.parts) static_cast<void>(check_delta(state.config().codec, part, num_values));
  state.apply(commit, stored.deltas());
}

}  // namespace

void describe(ConfigVisitor& v, RunEvent& event) {
  v.field("wall_ms", &event.wall_ms);
  v.field("what", &event.what);
  v.field("island", &event.island);
  v.field("process", &event.process);
  v.field("incarnation", &event.incarnation);
  v.field("reason", &event.reason);
  v.field("fragment", &event.fragment, {.max = 1e6});
  v.field("tokens", &event.tokens, {.min = 0});
  v.table("data", event.data);
  v.field("lane", &event.lane);
  v.field("hashes", &event.hashes);
}

void repeat_event(Rounds& rounds, const RunEvent& event, Timestamp now) {
  if (event.what == "join") static_cast<void>(rounds.join(event.island, event.process, now));
  if (event.what == "begin" && rounds.members().has(event.island)) rounds.begin(event.island);
  if (event.what == "leave" || event.what == "lost") rounds.leave(event.island, event.data.drawn);
  if (event.what == "lease") rounds.repeat_lease(event.island, event.lane, event.data.place);
  if (event.what == "refused") {
    rounds.refuse({.island = event.island,
                   .incarnation = event.incarnation,
                   .fragment = event.fragment,
                   .tokens = event.tokens,
                   .data = event.data});
  }
}

struct CommitLog::State {
  CommitLogOptions options;
  int number = 1;
  std::unique_ptr<RecordWriter> log;

  [[nodiscard]] fs::path log_path(int of) const { return numbered(options.folder, "log", of); }
  [[nodiscard]] fs::path state_path(int of) const { return numbered(options.folder, "state", of); }

  // Files older than the present state.
  void remove_old() const {
    if (options.keep_all) return;
    for (const char* kind : {"log", "state"}) {
      for (const int old : numbers_of(options.folder, kind)) {
        if (old < number) fs::remove(numbered(options.folder, kind, old));
      }
    }
  }
};

CommitLog::CommitLog(std::unique_ptr<State> state) : state_(std::move(state)) {}
CommitLog::CommitLog(CommitLog&&) noexcept = default;
CommitLog& CommitLog::operator=(CommitLog&&) noexcept = default;
CommitLog::~CommitLog() = default;

bool CommitLog::exists(const fs::path& folder) { return fs::exists(folder) && !numbers_of(folder, "state").empty(); }

CommitLog CommitLog::begin(const CommitLogOptions& options, const GlobalState& global, const KeptRounds& rounds) {
  if (exists(options.folder))
    fail(ErrorKind::kFile, "{}: holds a run already; go on with it, or give another folder", options.folder.string());
  fs::create_directories(options.folder);
  auto state = std::make_unique<State>();
  state->options = options;
  // The log first: a state without its log would be one that lost it.
  state->log = std::make_unique<RecordWriter>(state->log_path(1));
  write_state(state->state_path(1), global, rounds);
  return CommitLog(std::move(state));
}

CommitLog CommitLog::resume(const CommitLogOptions& options, GlobalState& global,
                            const std::function<void(const KeptRounds& rounds)>& rounds, const Visitor& repeat) {
  const std::vector<int> states = numbers_of(options.folder, "state");
  if (states.empty()) fail(ErrorKind::kFile, "{}: holds no run", options.folder.string());
  auto state = std::make_unique<State>();
  state->options = options;
  state->number = states.back();
  rounds(read_state(state->state_path(state->number), global));
  std::vector<int> logs = numbers_of(options.folder, "log");
  std::erase_if(logs, [&](int log) { return log < state->number; });
  const Visitor visitor{.commit =
                            [&](const StoredCommit& stored, CommitPlace place) {
                              follow(options.folder, stored, global);
                              if (repeat.commit) repeat.commit(stored, place);
                            },
                        .event = repeat.event};
  for (const int log : logs) visit_log(state->log_path(log), log, log == logs.back(), visitor);
  // A log may be there without its state, if the program ended while that was written.
  state->number = logs.empty() ? state->number : logs.back();
  state->log = std::make_unique<RecordWriter>(state->log_path(state->number));
  return CommitLog(std::move(state));
}

CommitPlace CommitLog::append(const Commit& commit, const CommitDeltas& deltas) {
  CommitHead head{.commit = commit, .form = deltas.form, .sizes = {}};
  for (const Span part : deltas.parts) head.sizes.push_back(std::to_string(part.size()));
  const Bytes bytes = net::pack(head);
  const std::uint64_t head_bytes = bytes.size();
  std::vector<Span> parts{bytes_of(head_bytes), bytes};
  parts.insert(parts.end(), deltas.parts.begin(), deltas.parts.end());
  const std::uint64_t place = state_->log->size();
  state_->log->append(kCommit, parts);
  return {.segment = state_->number, .place = place};
}

void CommitLog::append(const RunEvent& event) {
  const Bytes bytes = net::pack(event);
  const std::array<Span, 1> only{bytes};
  state_->log->append(kEvent, only);
}

void CommitLog::flush() { state_->log->flush(); }

void CommitLog::save_state(const GlobalState& global, const KeptRounds& rounds) {
  state_->log->flush();
  const int next = state_->number + 1;
  auto log = std::make_unique<RecordWriter>(state_->log_path(next));
  try {
    write_state(state_->state_path(next), global, rounds);
  } catch (const std::exception& error) {
    fs::remove(state_->log_path(next));
    fs::remove(state_->state_path(next).string() + ".unfinished");
    fail(ErrorKind::kFile, "{}: the state could not be saved: {}", state_->options.folder.string(), error.what());
  }
  state_->log = std::move(log);
  state_->number = next;
  state_->remove_old();
}

std::uint64_t CommitLog::log_bytes() const { return state_->log->size(); }

std::optional<StoredCommit> CommitLog::read_commit(CommitPlace place) const {
  const fs::path path = state_->log_path(place.segment);
  if (!fs::exists(path)) return std::nullopt;
  RecordReader reader(path);
  return to_commit(path, reader.at(place.place));
}

std::int64_t replay_tape(const fs::path& folder, GlobalState& state, const CommitLog::Visitor& visitor) {
  const std::vector<int> logs = numbers_of(folder, "log");
  const std::vector<int> states = numbers_of(folder, "state");
  if (states.empty() || states.front() != 1 || logs.empty() || logs.front() != 1)
    fail(ErrorKind::kFile,
         "{}: is no whole tape: the first state or log is gone; tapes are kept with server.keep_tape = true",
         folder.string());
  static_cast<void>(read_state(numbered(folder, "state", 1), state));
  std::int64_t num_commits = 0;
  const CommitLog::Visitor follower{.commit =
                                        [&](const StoredCommit& stored, CommitPlace place) {
                                          follow(folder, stored, state);
                                          ++num_commits;
                                          if (visitor.commit) visitor.commit(stored, place);
                                        },
                                    .event = visitor.event};
  for (const int log : logs) visit_log(numbered(folder, "log", log), log, log == logs.back(), follower);
  return num_commits;
}

}  // namespace atl::distributed
