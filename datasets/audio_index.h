// The index of a recording's sound, the topic atoll/audio of session.mcap: its messages, JSON as those of
// datasets/messages.h, and what reads all of them. Only recordings with sound have the topic.
#pragma once

#include "datasets/audio_entry.h"
#include "datasets/mcap_reader.h"
#include "datasets/messages.h"

#include <string>
#include <string_view>
#include <vector>

namespace atl::datasets {

/// Its name and schema.
[[nodiscard]] const TopicInfo& audio_topic();

/// Appends to `out`. Throws Error(kFormat) for a reason that is no UTF-8.
void encode(const AudioEntry& message, std::string& out);

/// As in datasets/messages.h.
void decode(std::string_view json, Timestamp time, AudioEntry& message);

/// The entries of every episode of a session.mcap, in file order, and of no time between. Throws Error(kFormat) for
/// what does not decode.
[[nodiscard]] std::vector<std::vector<AudioEntry>> read_audio_index(const McapReader& mcap);

}  // namespace atl::datasets
