// What PipeWire has that sound can come from. Part of the PipeWire source of sound.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct spa_dict;

namespace atl::capture {

enum class AudioNodeKind : std::uint8_t { kOutput, kMicrophone, kProgram };

struct AudioNode {
  AudioNodeKind kind = AudioNodeKind::kOutput;
  std::string serial;
  std::string name;
  std::string description;
  std::string application;

  /// Whether `target` is one of its names.
  [[nodiscard]] bool is_called(std::string_view target) const;
  /// "the output \"alsa_output.pci\"".
  [[nodiscard]] std::string text() const;
};

/// Adds the node that these properties of a global object describe, if sound can come from it.
void add_node(const spa_dict* properties, std::vector<AudioNode>& nodes);

/// All of them in words; "nothing that sound comes from" where there is none.
[[nodiscard]] std::string text_of(const std::vector<AudioNode>& nodes);

}  // namespace atl::capture
