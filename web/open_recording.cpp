#include "web/open_recording.h"

#include "core/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace atl::web {
namespace {

using Json = nlohmann::ordered_json;
using datasets::Label;
using datasets::LabelChange;
using datasets::LabelLog;

constexpr double kAxisGap_s = 1.0;  // between episodes of a world's clock, which all begin at 0
constexpr std::size_t kMostPictures = 256;
constexpr std::size_t kMostBytes = 32 << 20;  // of one answer with pictures

static_assert(std::endian::native == std::endian::little, "pictures are sent as this machine writes numbers");

template <class T>
void append(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

// A time that the page told.
Duration told_time(double seconds) {
  if (!(std::abs(seconds) <= 1e9)) fail(ErrorKind::kUsage, "{} s, expected at most 1e9 s", seconds);
  return from_seconds(seconds);
}

Json to_json(const Label& label, Timestamp begin, Timestamp end) {
  const Instruction& i = label.instruction;
  return {{"episode", label.episode},
          {"text", i.text},
          {"begin", to_seconds(i.begin - begin)},
          {"end", to_seconds(i.end.value_or(end) - begin)},
          {"source", to_string(i.source)},
          {"mark", to_string(i.mark)}};
}

Json names_json(const ControlSet& held) {
  Json names = Json::array();
  for (const std::string& name : names_of(held)) names.push_back(name);
  return names;
}

std::vector<double> lay_out(const datasets::RecordingReader& reader) {
  std::vector<double> axis;
  double next = 0;
  for (const datasets::Episode& episode : reader.episodes()) {
    const bool is_world = reader.facts().clock == "world";
    axis.push_back(is_world ? next : to_seconds(episode.start.time - reader.episodes()[0].start.time));
    if (episode.end) next = axis.back() + to_seconds(episode.end->time - episode.start.time) + kAxisGap_s;
  }
  return axis;
}

}  // namespace

OpenRecording::OpenRecording(const std::filesystem::path& folder, const std::string& annotator,
                             const PictureParts& parts)
    : folder_(folder),
      parts_(parts),
      reader_(datasets::RecordingReader::open(folder)),
      axis_s_(lay_out(*reader_)),
      labels_(LabelLog::open(folder, annotator, datasets::label_base(*reader_), LabelLog::Mode::kWrite)) {
  for (const datasets::Episode& episode : reader_->episodes())
    if (!episode.end)
      fail(ErrorKind::kFormat, "{}: episode {} has no end; `atoll repair` mends it", folder.string(),
           episode.start.episode);
}

Timestamp OpenRecording::begin_of(std::size_t episode) const {
  if (episode >= reader_->episodes().size())
    fail(ErrorKind::kUsage, "episode {} of {}, expected < {}", episode, folder_.string(), reader_->episodes().size());
  return reader_->episodes()[episode].start.time;
}

Timestamp OpenRecording::end_of(std::size_t episode) const { return reader_->episodes()[episode].end->time; }

std::string OpenRecording::describe() const {
  Json episodes = Json::array();
  for (std::size_t i = 0; i < reader_->episodes().size(); ++i) {
    const datasets::Episode& e = reader_->episodes()[i];
    episodes.push_back({{"at", axis_s_[i]},
                        {"seconds", to_seconds(e.end->time - e.start.time)},
                        {"player", e.start.player},
                        {"task", e.start.instruction},
                        {"verdict", e.end->verdict},
                        {"reason", e.end->reason},
                        {"actions", e.num_actions}});
  }
  const std::lock_guard lock(labels_mutex_);
  Json labels = Json::array();
  for (const auto& [id, label] : labels_->labels()) {
    Json json = to_json(label, begin_of(label.episode), end_of(label.episode));
    json["id"] = id;
    labels.push_back(std::move(json));
  }
  Json json = {{"world", reader_->facts().world},         {"rate_hz", reader_->facts().action_rate_hz},
               {"episodes", std::move(episodes)},         {"labels", std::move(labels)},
               {"revision", labels_->revision()},         {"undo", labels_->undoable().value_or("")},
               {"redo", labels_->redoable().value_or("")}};
  return json.dump();
}

std::string OpenRecording::pictures(const PictureWish& wish) {
  const Timestamp begin = begin_of(wish.episode);
  const std::lock_guard lock(reader_mutex_);
  if (pictures_ == nullptr) pictures_ = create_picture_source(*reader_, parts_);
  const std::span<const Timestamp> times = pictures_->times(wish.episode);
  // The one that is seen at from_s, or the first of all.
  const auto after = std::upper_bound(times.begin(), times.end(), begin + told_time(wish.from_s));
  std::size_t next = after == times.begin() ? 0 : static_cast<std::size_t>(after - times.begin()) - 1;
  const Timestamp end = begin + told_time(wish.to_s);
  std::string out;
  std::size_t count = 0;
  for (Timestamp last; next < times.size() && count < std::min(wish.most, kMostPictures) && out.size() < kMostBytes;
       ++next) {
    const Timestamp time = times[next];
    if (count > 0 && time > end) break;
    if (count > 0 && time - last < told_time(wish.gap_s)) continue;
    const std::string jpeg = parts_.encode_jpeg(pictures_->picture(wish.episode, next), wish.most_px);
    append(out, to_seconds(time - begin));
    append(out, static_cast<std::uint32_t>(jpeg.size()));
    out += jpeg;
    last = time;
    ++count;
  }
  return out;
}

std::string OpenRecording::actions(std::size_t episode, double from_s, double to_s) {
  const Timestamp begin = begin_of(episode);
  std::vector<datasets::RecordedAction> actions;
  {
    const std::lock_guard lock(reader_mutex_);
    actions = reader_->actions(episode, begin + told_time(from_s), begin + told_time(to_s));
  }
  Json rows = Json::array();
  for (const datasets::RecordedAction& a : actions) {
    Json row = {{"t", to_seconds(a.time - begin)}};
    ControlSet shown = a.action.held;  // a tap inside the step is shown too
    for (std::size_t i = 0; i < a.action.presses.size(); ++i)
      if (a.action.presses[i] > 0) shown.set(i);
    if (shown.any()) row["held"] = names_json(shown);
    if (a.action.dx != 0 || a.action.dy != 0) row["move"] = {a.action.dx, a.action.dy};
    if (a.action.wheel != 0) row["wheel"] = a.action.wheel;
    if (a.action.pointer) row["pointer"] = {a.action.pointer->x_px, a.action.pointer->y_px};
    if (!a.doing.empty()) row["doing"] = a.doing;
    if (a.origin != Origin::kHuman) row["by"] = to_string(a.origin);
    rows.push_back(std::move(row));
  }
  return rows.dump();
}

std::string OpenRecording::answer(const std::vector<LabelChange>& changes) const {
  Json list = Json::array();
  for (const LabelChange& change : changes) {
    Json label = nullptr;
    if (change.after) label = to_json(*change.after, begin_of(change.after->episode), end_of(change.after->episode));
    list.push_back({{"id", change.id}, {"label", std::move(label)}});
  }
  return Json{{"revision", labels_->revision()},
              {"changes", std::move(list)},
              {"undo", labels_->undoable().value_or("")},
              {"redo", labels_->redoable().value_or("")}}
      .dump();
}

std::string OpenRecording::edit(std::string_view text) {
  const std::lock_guard lock(labels_mutex_);
  std::vector<LabelChange> changes;
  std::string what;
  try {
    const Json json = Json::parse(text);
    if (json.at("revision").get<std::uint64_t>() != labels_->revision())
      fail(ErrorKind::kUsage, "these labels were changed elsewhere, in another window perhaps: load the page again");
    what = json.at("what").get<std::string>();
    std::uint64_t next_id = labels_->next_id();
    for (const Json& change : json.at("changes")) {
      LabelChange& c = changes.emplace_back();
      c.id = change.at("id").is_null() ? next_id++ : change.at("id").get<std::uint64_t>();
      const auto known = labels_->labels().find(c.id);
      if (known != labels_->labels().end()) c.before = known->second;
      const Json& label = change.at("label");
      if (label.is_null()) continue;
      const auto mark = find_success_mark(label.at("mark").get<std::string>());
      const auto source = find_instruction_source(label.at("source").get<std::string>());
      if (!mark || !source) fail(ErrorKind::kUsage, "the page sent an unknown mark or source");
      const auto episode = label.at("episode").get<std::size_t>();
      const Timestamp begin = begin_of(episode);
      c.after = Label{episode,
                      {label.at("text").get<std::string>(), begin + told_time(label.at("begin").get<double>()),
                       begin + told_time(label.at("end").get<double>()), *source, *mark}};
    }
  } catch (const Json::exception& error) {
    fail(ErrorKind::kUsage, "the page sent an edit that cannot be read: {}", error.what());
  }
  labels_->edit(what, changes);
  return answer(changes);
}

std::string OpenRecording::undo() {
  const std::lock_guard lock(labels_mutex_);
  return answer(labels_->undo());
}

std::string OpenRecording::redo() {
  const std::lock_guard lock(labels_mutex_);
  return answer(labels_->redo());
}

std::string OpenRecording::draft(std::size_t episode, const DraftRule& rule) {
  static_cast<void>(begin_of(episode));
  std::vector<Instruction> found;
  {
    const std::lock_guard lock(reader_mutex_);
    if (pictures_ == nullptr) pictures_ = create_picture_source(*reader_, parts_);
    found = rule(*reader_, episode, *pictures_);
  }
  const std::lock_guard lock(labels_mutex_);
  std::vector<LabelChange> changes;
  for (Instruction& instruction : found) {
    const bool is_known = std::any_of(labels_->labels().begin(), labels_->labels().end(), [&](const auto& entry) {
      const Label& label = entry.second;
      return label.episode == episode && label.instruction.text == instruction.text &&
             label.instruction.begin == instruction.begin;
    });
    if (!is_known)
      changes.push_back({labels_->next_id() + changes.size(), std::nullopt, Label{episode, std::move(instruction)}});
  }
  if (!changes.empty()) labels_->edit("draft", changes);
  return answer(changes);
}

}  // namespace atl::web
