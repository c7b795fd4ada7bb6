#include "tools/measured_sync.h"

#include "core/error.h"
#include "core/files.h"

#include <cstdlib>

namespace atl::tools {
namespace {

constexpr int kVersion = 1;

struct SyncFile {
  int version = kVersion;
  MeasuredSync virtual_screen;
  MeasuredSync desktop;
};

void describe(ConfigVisitor& v, SyncFile& file) {
  v.field("version", &file.version, {.min = 1, .max = kVersion});
  v.table("virtual", file.virtual_screen);
  v.table("desktop", file.desktop);
}

MeasuredSync& part_of(SyncFile& file, const std::string& kind) {
  ATOLL_CHECK(kind == "virtual" || kind == "desktop", "screen of the kind \"{}\", expected virtual or desktop", kind);
  return kind == "virtual" ? file.virtual_screen : file.desktop;
}

SyncFile load_file(const std::filesystem::path& path) {
  if (path.empty() || !std::filesystem::exists(path)) return {};
  return load_config<SyncFile>(path);
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

void describe(ConfigVisitor& v, MeasuredSync& measured) {
  v.field("date", &measured.date);
  v.field("capture_latency_ms", &measured.capture_latency_ms);
  v.field("capture_jitter_ms", &measured.capture_jitter_ms);
  v.field("capture_drift_ms", &measured.capture_drift_ms);
  v.field("input_latency_ms", &measured.input_latency_ms);
}

std::string kind_of_display(const std::string& world_display) {
  return world_display == "virtual" || variable("DISPLAY").empty() ? "virtual" : "desktop";
}

std::filesystem::path measured_sync_file() {
  std::filesystem::path data = variable("XDG_DATA_HOME");
  if (data.empty() && !variable("HOME").empty()) data = std::filesystem::path(variable("HOME")) / ".local" / "share";
  return data.empty() ? data : data / "atoll" / "sync.toml";
}

void store_measured_sync(const std::string& kind, const MeasuredSync& measured) {
  const std::filesystem::path path = measured_sync_file();
  if (path.empty()) return;
  SyncFile file = load_file(path);
  part_of(file, kind) = measured;
  std::error_code ignored;  // the write below says what is wrong
  std::filesystem::create_directories(path.parent_path(), ignored);
  write_file_atomically(path, to_toml(file));
}

void add_measured_sync(const std::string& kind, SourceFacts& facts) {
  SyncFile file = load_file(measured_sync_file());
  const MeasuredSync& measured = part_of(file, kind);
  if (measured.date.empty()) return;
  facts.capture_latency_ms = measured.capture_latency_ms;
  facts.capture_jitter_ms = measured.capture_jitter_ms;
  facts.capture_drift_ms = measured.capture_drift_ms;
  facts.input_latency_ms = measured.input_latency_ms;
}

}  // namespace atl::tools
