#include "datasets/label_format.h"

#include "core/error.h"

#include <nlohmann/json.hpp>

namespace atl::datasets {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const std::optional<Label>& label) {
  if (!label) return nullptr;
  const Instruction& i = label->instruction;
  Json json = {{"episode", label->episode},
               {"text", i.text},
               {"begin_ns", to_ns(i.begin)},
               {"source", to_string(i.source)},
               {"mark", to_string(i.mark)}};
  if (i.end) json["end_ns"] = to_ns(*i.end);
  return json;
}

template <class T>
T named(std::optional<T> found, const std::string& name) {
  if (!found) fail(ErrorKind::kFormat, "unknown word \"{}\"", name);
  return *found;
}

std::optional<Label> label_from(const Json& json) {
  if (json.is_null()) return std::nullopt;
  Label label;
  label.episode = json.at("episode").get<std::uint64_t>();
  Instruction& i = label.instruction;
  i.text = json.at("text").get<std::string>();
  i.begin = from_ns(json.at("begin_ns").get<std::int64_t>());
  if (json.contains("end_ns")) i.end = from_ns(json.at("end_ns").get<std::int64_t>());
  const auto source = json.at("source").get<std::string>();
  const auto mark = json.at("mark").get<std::string>();
  i.source = named(find_instruction_source(source), source);
  i.mark = named(find_success_mark(mark), mark);
  return label;
}

std::string dump(const Json& json) {
  try {
    return json.dump() + '\n';
  } catch (const Json::exception&) {
    fail(ErrorKind::kUsage, "a label's text is no UTF-8");
  }
}

// Whatever is wrong with a line is a wrong format.
template <class Body>
auto parsed(std::string_view line, Body body) {
  try {
    return body(Json::parse(line));
  } catch (const Json::exception& error) {
    fail(ErrorKind::kFormat, "{}", error.what());
  }
}

}  // namespace

std::string to_line(const LabelHeader& header) {
  return dump({{"version", header.version}, {"annotator", header.annotator}, {"recorded", header.recorded}});
}

std::string to_line(const LabelEdit& edit) {
  Json json = {{"edit", edit.number}, {"wall_ns", edit.wall_ns}, {"what", edit.what}};
  if (edit.undo) json["undo"] = *edit.undo;
  if (edit.redo) json["redo"] = *edit.redo;
  Json& changes = json["changes"] = Json::array();
  for (const LabelChange& change : edit.changes)
    changes.push_back({{"id", change.id}, {"before", to_json(change.before)}, {"after", to_json(change.after)}});
  return dump(json);
}

LabelHeader parse_label_header(std::string_view line) {
  return parsed(line, [](const Json& json) {
    const int version = json.at("version").get<int>();
    if (version > kLabelsVersion)
      fail(ErrorKind::kVersion, "labels of version {}, this Atoll reads up to {}; use a newer Atoll", version,
           kLabelsVersion);
    return LabelHeader{version, json.at("annotator").get<std::string>(), json.at("recorded").get<std::uint64_t>()};
  });
}

LabelEdit parse_label_edit(std::string_view line) {
  return parsed(line, [](const Json& json) {
    LabelEdit edit{.number = json.at("edit").get<std::uint64_t>(),
                   .wall_ns = json.at("wall_ns").get<std::int64_t>(),
                   .what = json.at("what").get<std::string>()};
    if (json.contains("undo")) edit.undo = json.at("undo").get<std::uint64_t>();
    if (json.contains("redo")) edit.redo = json.at("redo").get<std::uint64_t>();
    for (const Json& change : json.at("changes"))
      edit.changes.push_back(
          {change.at("id").get<std::uint64_t>(), label_from(change.at("before")), label_from(change.at("after"))});
    return edit;
  });
}

}  // namespace atl::datasets
