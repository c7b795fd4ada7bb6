#include "datasets/recording_file.h"

#include "core/error.h"

#include <algorithm>
#include <cstdlib>

namespace atl::datasets {
namespace {

struct Contents {
  RecordingHeader header;
  bool has_contract = false;
};

void describe(ConfigVisitor& v, Contents& c) {
  RecordingHeader& h = c.header;
  v.field("version", &h.version, {.min = 1});
  v.field("recorder_version", &h.recorder_version);
  v.field("git_revision", &h.git_revision);
  v.field("anchor_monotonic_ns", &h.anchor_monotonic_ns);
  v.field("anchor_wall_ns", &h.anchor_wall_ns);
  v.table("facts", h.facts);
  v.field("has_contract", &c.has_contract);
  if (!c.has_contract) return;
  if (!h.contract) h.contract.emplace();
  v.table("contract", *h.contract);
}

}  // namespace

std::optional<int> find_toml_version(std::string_view text) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    if (line.starts_with('[')) break;
    if (line.starts_with("version =") || line.starts_with("version=")) {
      const std::size_t digit = line.find_first_of("0123456789");
      if (digit == std::string_view::npos) return std::nullopt;
      return std::atoi(std::string(line.substr(digit)).c_str());
    }
    begin = end + 1;
  }
  return std::nullopt;
}

std::string to_text(const RecordingHeader& header) { return to_toml(Contents{header, header.contract.has_value()}); }

RecordingHeader parse_recording_header(std::string_view text, std::string name) {
  if (const auto version = find_toml_version(text); version && *version > kRecordingVersion)
    fail(ErrorKind::kVersion, "{}: recording version {}, this Atoll reads up to {}; use a newer Atoll", name, *version,
         kRecordingVersion);
  return parse_config<Contents>(text, std::move(name)).header;
}

}  // namespace atl::datasets
