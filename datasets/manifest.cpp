#include "datasets/manifest.h"

#include "core/error.h"
#include "core/files.h"
#include "datasets/reader.h"

#include <algorithm>
#include <set>

namespace atl::datasets {

void describe(ConfigVisitor& v, ManifestRecording& r) {
  v.field("path", &r.path);
  v.field("split", &r.split, {.one_of = {"training", "development", "held_out"}});
  v.field("weight", &r.weight, {.min = 0.0, .max = 1e6});
  v.field("labels", &r.labels);
}

void describe(ConfigVisitor& v, ManifestStatistics& s) {
  v.field("episodes", &s.episodes);
  v.field("successes", &s.successes);
  v.field("actions", &s.actions);
  v.field("events", &s.events);
  v.field("frames", &s.frames);
  v.field("seconds", &s.seconds, {.min = 0.0});
}

void describe(ConfigVisitor& v, Manifest& m) {
  v.field("version", &m.version, {.min = 1, .max = kManifestVersion});
  v.field("name", &m.name);
  v.list("recordings", m.recordings);
  v.table("statistics", m.statistics);
}

Manifest load_manifest(const std::filesystem::path& path) {
  const std::string text = read_text_file(path);
  if (const auto version = find_toml_version(text); version && *version > kManifestVersion)
    fail(ErrorKind::kVersion, "{}: dataset version {}, this Atoll reads up to {}; use a newer Atoll", path.string(),
         *version, kManifestVersion);
  auto manifest = parse_config<Manifest>(text, path.string());
  if (manifest.recordings.empty())
    fail(ErrorKind::kConfig, "{}: no [[recordings]], expected at least one", path.string());
  std::set<std::filesystem::path> seen;
  for (ManifestRecording& recording : manifest.recordings) {
    const std::filesystem::path folder = (path.parent_path() / recording.path).lexically_normal();
    if (!seen.insert(std::filesystem::weakly_canonical(folder)).second)
      fail(ErrorKind::kConfig, "{}: recording \"{}\" is named twice", path.string(), recording.path);
    if (!std::filesystem::exists(folder / kSessionFile))
      fail(ErrorKind::kConfig, "{}: recording \"{}\" is not there: {} has no {}", path.string(), recording.path,
           folder.string(), kSessionFile);
    recording.path = folder.string();
  }
  return manifest;
}

void save_manifest(const std::filesystem::path& path, const Manifest& manifest) {
  Manifest written = manifest;
  const std::filesystem::path base = std::filesystem::weakly_canonical(path).parent_path();
  for (ManifestRecording& recording : written.recordings) {
    const std::filesystem::path folder = std::filesystem::weakly_canonical(recording.path);
    const std::filesystem::path relative = folder.lexically_relative(base);
    const bool is_below = !relative.empty() && *relative.begin() != "..";
    recording.path = is_below ? relative.string() : folder.string();
  }
  write_file_atomically(path, to_toml(written));
}

ManifestStatistics summarise(const Manifest& manifest) {
  ManifestStatistics s;
  for (const ManifestRecording& recording : manifest.recordings) {
    const auto reader = RecordingReader::open(recording.path);
    for (const Episode& episode : reader->episodes()) {
      if (episode.end && episode.end->discarded) continue;
      ++s.episodes;
      s.actions += episode.num_actions;
      s.events += episode.num_events;
      s.frames += episode.num_frames;
      if (!episode.end) continue;
      s.successes += episode.end->verdict == "success" ? 1 : 0;
      s.seconds += to_seconds(episode.end->time - episode.start.time);
    }
  }
  return s;
}

void refuse_held_out(const Manifest& manifest, const std::function<bool(std::uint64_t seed)>& is_held_out) {
  for (const ManifestRecording& recording : manifest.recordings) {
    if (recording.split == "held_out")
      fail(ErrorKind::kConfig, "recording {} is held out; nothing may be trained on it: leave it out of this dataset",
           recording.path);
    if (recording.split != "training") continue;
    const auto reader = RecordingReader::open(recording.path);
    for (const Episode& episode : reader->episodes()) {
      if (!is_held_out(episode.start.seed)) continue;
      fail(ErrorKind::kConfig,
           "recording {}: episode {} has the held-out seed {}; nothing may be trained on it: record with training "
           "seeds, or leave it out of this dataset",
           recording.path, episode.start.episode, episode.start.seed);
    }
  }
}

}  // namespace atl::datasets
