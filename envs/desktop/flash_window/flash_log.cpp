#include "envs/desktop/flash_window/flash_log.h"

#include "core/error.h"
#include "core/files.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <sstream>
#include <string>

namespace atl::envs::desktop {
namespace {

constexpr std::string_view kStart = "start";

// Nothing if the line is not one of a log.
std::optional<Flash> parse_flash(const std::string& line) {
  std::istringstream words(line);
  Flash flash;
  std::string control;
  std::string direction;
  std::int64_t times[3] = {};
  if (!(words >> flash.counter >> control >> direction >> times[0] >> times[1] >> times[2])) return std::nullopt;
  const std::optional<Control> known = find_control(control);
  if (!known || (direction != "down" && direction != "up")) return std::nullopt;
  flash.control = *known;
  flash.pressed = direction == "down";
  flash.received = from_ns(times[0]);
  flash.drawn_from = from_ns(times[1]);
  flash.drawn_by = from_ns(times[2]);
  return flash;
}

}  // namespace

FlashLogWriter::FlashLogWriter(const std::filesystem::path& path) : path_(path), file_(std::fopen(path.c_str(), "ae")) {
  check(file_ != nullptr && std::fprintf(file_, "%s\n", kStart.data()) > 0 && std::fflush(file_) == 0);
}

FlashLogWriter::~FlashLogWriter() {
  if (file_ != nullptr) std::fclose(file_);
}

void FlashLogWriter::add(const Flash& flash) {
  const std::string line =
      fmt::format("{} {} {} {} {} {}\n", flash.counter, info_of(flash.control).name, flash.pressed ? "down" : "up",
                  to_ns(flash.received), to_ns(flash.drawn_from), to_ns(flash.drawn_by));
  check(std::fwrite(line.data(), 1, line.size(), file_) == line.size() && std::fflush(file_) == 0);
}

void FlashLogWriter::check(bool written) const {
  if (!written) fail(ErrorKind::kFile, "cannot write the flash log {}: {}", path_.string(), std::strerror(errno));
}

std::vector<FlashRun> read_flash_log(const std::filesystem::path& path) {
  const std::string text = read_text_file(path);
  std::vector<FlashRun> runs;
  int number = 0;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = text.substr(begin, end - begin);
    ++number;
    if (line == kStart) {
      runs.emplace_back();
      continue;
    }
    const std::optional<Flash> flash = parse_flash(line);
    if (!flash || runs.empty() || flash->counter != runs.back().size() + 1)
      fail(ErrorKind::kFormat, "{}:{}: \"{}\", expected \"start\" or the flash after {}", path.string(), number, line,
           runs.empty() ? 0 : runs.back().size());
    runs.back().push_back(*flash);
  }
  return runs;
}

}  // namespace atl::envs::desktop
