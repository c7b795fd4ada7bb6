#include "capture/pipewire_nodes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pipewire/keys.h>
#include <spa/utils/dict.h>

#include <array>
#include <utility>

namespace atl::capture {
namespace {

constexpr std::array<std::pair<std::string_view, AudioNodeKind>, 4> kClasses{
    {{"Audio/Sink", AudioNodeKind::kOutput},
     {"Audio/Duplex", AudioNodeKind::kOutput},
     {"Audio/Source", AudioNodeKind::kMicrophone},
     {"Stream/Output/Audio", AudioNodeKind::kProgram}}};

std::string value_of(const spa_dict* properties, const char* key) {
  const char* value = properties != nullptr ? spa_dict_lookup(properties, key) : nullptr;
  return value != nullptr ? value : "";
}

}  // namespace

bool AudioNode::is_called(std::string_view target) const {
  return target == serial || target == name || target == description || target == application;
}

std::string AudioNode::text() const {
  constexpr std::array<std::string_view, 3> kKinds{"the output", "the microphone", "the program"};
  return fmt::format("{} \"{}\"", kKinds.at(static_cast<std::size_t>(kind)), name.empty() ? application : name);
}

void add_node(const spa_dict* properties, std::vector<AudioNode>& nodes) {
  const std::string media_class = value_of(properties, PW_KEY_MEDIA_CLASS);
  for (const auto& [name, kind] : kClasses) {
    if (media_class != name) continue;
    nodes.push_back({.kind = kind,
                     .serial = value_of(properties, PW_KEY_OBJECT_SERIAL),
                     .name = value_of(properties, PW_KEY_NODE_NAME),
                     .description = value_of(properties, PW_KEY_NODE_DESCRIPTION),
                     .application = value_of(properties, PW_KEY_APP_NAME)});
  }
}

std::string text_of(const std::vector<AudioNode>& nodes) {
  if (nodes.empty()) return "nothing that sound comes from";
  std::vector<std::string> texts;
  for (const AudioNode& node : nodes) texts.push_back(node.text());
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace atl::capture
