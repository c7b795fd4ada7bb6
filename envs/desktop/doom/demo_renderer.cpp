#include "envs/desktop/doom/demo_renderer.h"

#include "core/error.h"
#include "core/files.h"
#include "core/resize.h"
#include "envs/desktop/doom/hud.h"
#include "envs/desktop/game/child_process.h"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

namespace atl::envs::desktop {
namespace {

constexpr FrameSize kWindow{640, 480};  // the smallest window that dsda-doom makes; the picture doubled
constexpr std::size_t kRawBytes = std::size_t{640} * 480 * 3;

// The settings of live play, and the game's own video export into a pipe that it inherits from us. Without its wipe
// effect the game would export a black picture for tic 0; the pictures of the effect itself are not exported.
std::string capture_settings(const GameProfile& profile, int pipe) {
  const auto file = std::find_if(profile.files.begin(), profile.files.end(),
                                 [](const ProfileFile& f) { return f.name == "dsda-doom.cfg"; });
  if (file == profile.files.end())
    fail(ErrorKind::kConfig, "profile {} has no file dsda-doom.cfg, expected the settings of dsda-doom", profile.name);
  return fmt::format(
      "{}\ncap_fps 35\ncap_videocommand \"cat >&{}\"\ncap_soundcommand \"cat >/dev/null\"\ncap_muxcommand \"true\"\n"
      "cap_remove_tempfiles 0\ncap_wipescreen 0\nrender_wipescreen 1\n",
      file->text, pipe);
}

// The reading end of the pipe that pictures come through.
class PictureStream {
 public:
  PictureStream() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
      fail(ErrorKind::kEnvironment, "cannot make a pipe: {}", std::strerror(errno));
    read_ = ends[0];
    write_ = ends[1];
    fcntl(read_, F_SETPIPE_SZ, 1 << 20);  // a hint: one picture at a time instead of 15 pieces
  }
  PictureStream(const PictureStream&) = delete;
  PictureStream& operator=(const PictureStream&) = delete;
  ~PictureStream() {
    close(read_);
    close_writer();
  }

  [[nodiscard]] int writer() const { return write_; }
  void close_writer() {
    if (write_ >= 0) close(write_);
    write_ = -1;
  }

  // Fills `picture`; false at the end of the stream. Throws when nothing comes for `limit`, or the end cuts a picture.
  [[nodiscard]] bool read(std::vector<std::uint8_t>& picture, Duration limit) const {
    std::size_t filled = 0;
    while (filled < picture.size()) {
      pollfd handle{read_, POLLIN, 0};
      if (poll(&handle, 1, static_cast<int>(limit.count() / 1'000'000)) == 0)
        fail(ErrorKind::kEnvironment, "no picture for {:.0f} s", to_seconds(limit));
      const ssize_t got = ::read(read_, picture.data() + filled, picture.size() - filled);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail(ErrorKind::kEnvironment, "cannot read pictures: {}", std::strerror(errno));
      if (got == 0 && filled == 0) return false;
      if (got == 0) fail(ErrorKind::kEnvironment, "the last picture has {} of {} bytes", filled, picture.size());
      filled += static_cast<std::size_t>(got);
    }
    return true;
  }

 private:
  int read_ = -1;
  int write_ = -1;
};

std::unique_ptr<ChildProcess> start_game(const GameProfile& profile, const RenderConfig& config,
                                         const std::filesystem::path& home, int pipe) {
  ProcessConfig process;
  process.command = {profile.program.command.front(),
                     "-config",
                     (home / "dsda-doom.cfg").string(),
                     "-iwad",
                     config.wad.string(),
                     "-vidmode",
                     "software",
                     "-window",
                     "-nosound",
                     "-nomusic",
                     "-timedemo",
                     (home / "demo.lmp").string(),
                     "-viddump",
                     (home / "unused.mkv").string()};
  process.search = profile.program.search;
  // SDL's dummy drivers: the software renderer needs no screen and gives the same pixels as under X.
  process.environment = {"HOME=" + home.string(), "SDL_AUDIODRIVER=dummy", "SDL_VIDEODRIVER=dummy", "DISPLAY"};
  process.working_folder = home;
  process.log = home / "game.log";
  process.kept_open = {pipe};
  return std::make_unique<ChildProcess>(process);
}

// dsda-doom hands over RGB24; ours is BGRA8.
void to_bgra(std::span<const std::uint8_t> rgb, std::span<std::uint8_t> bgra) {
  for (std::size_t from = 0, to = 0; from < rgb.size(); from += 3, to += 4) {
    bgra[to] = rgb[from + 2];
    bgra[to + 1] = rgb[from + 1];
    bgra[to + 2] = rgb[from];
    bgra[to + 3] = 0xff;
  }
}

}  // namespace

void render_demo(const GameProfile& profile, const RenderConfig& config, const DoomDemo& demo, int player,
                 const std::function<void(std::uint64_t tic, ImageView picture)>& take) {
  if (const auto missing = missing_parts(profile); !missing.empty())
    fail(ErrorKind::kEnvironment, "cannot render demos: {}", fmt::join(missing, "; "));
  const TemporaryFolder home("atoll-doom");
  PictureStream pictures;
  write_file_atomically(home.path() / "demo.lmp", lump_for_view(demo, player));
  write_file_atomically(home.path() / "dsda-doom.cfg", capture_settings(profile, pictures.writer()));
  const auto game = start_game(profile, config, home.path(), pictures.writer());
  pictures.close_writer();  // the game's is the last one: the stream ends with it

  std::vector<std::uint8_t> raw(kRawBytes);
  Frame window = make_frame(kWindow);
  Frame picture = make_frame(kDoomPicture);
  Resizer resizer(kDoomPicture);
  const std::uint64_t expected = demo.num_tics();
  std::uint64_t tic = 0;
  try {
    for (; pictures.read(raw, config.stall_limit); ++tic) {
      if (tic >= expected) fail(ErrorKind::kEnvironment, "more pictures than tics");
      to_bgra(raw, window.pixels);
      resizer.resize(window.view(), picture.pixels);
      take(tic, picture.view());
    }
    const auto status = game->wait_exit(MonotonicClock::now() + config.stall_limit);
    if (tic != expected || !status || status->code != 0 || status->signal != 0)
      fail(ErrorKind::kEnvironment, "the game ended early: {}", status ? to_string(*status) : "it hangs");
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::kEnvironment) throw;
    game->stop();
    fail(ErrorKind::kEnvironment, "rendering {} with {}: {} after {} of {} tics; the game said:\n{}",
         config.wad.string(), profile.program.command.front(), e.what(), tic, expected, game->log_tail());
  }
}

}  // namespace atl::envs::desktop
