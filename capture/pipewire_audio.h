// Sound through PipeWire: what an output plays (its monitor), what one program plays, or what a microphone hears.
#pragma once

#include "capture/audio_source.h"

#include <chrono>
#include <memory>
#include <string>

namespace atl::capture {

struct PipeWireAudioConfig {
  /// What is listened to: empty for the output that is the desktop's default, else an output, a microphone or a program
  /// that plays, by its name, its description or its number (object.serial), as `pw-dump` and error messages list them.
  std::string target{};
  AudioFormat format{};                              // PipeWire converts to it
  Duration answer_within = std::chrono::seconds(5);  // of the server and its session manager
};

/// Connects, and returns when sound comes; silence is sound. Throws Error(kDevice) that says what was looked for, what
/// was found and what to do: PipeWire does not run, nothing of that name, no output, no session manager that links it.
[[nodiscard]] std::unique_ptr<AudioSource> create_pipewire_audio(const PipeWireAudioConfig& config);

}  // namespace atl::capture
