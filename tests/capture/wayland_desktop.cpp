#include "tests/capture/wayland_desktop.h"

#include "core/clock.h"
#include "core/error.h"

#include <dbus/dbus.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string_view>

namespace atl::tests {
namespace {

constexpr Duration kStartTime = std::chrono::seconds(30);

bool comes(const std::function<bool()>& what) {
  SystemClock clock;
  for (const Timestamp deadline = clock.now() + kStartTime; !what();) {
    if (clock.now() >= deadline) return false;
    clock.sleep_until(clock.now() + std::chrono::milliseconds(10));
  }
  return true;
}

// No services that start by themselves: all that runs was started here.
constexpr std::string_view kBusConfig =
    R"(<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
)";

}  // namespace

WaylandDesktop::WaylandDesktop(const WaylandDesktopConfig& config) : has_screencast_(config.screencast) {
  const std::filesystem::path& at = folder_.path();
  const std::filesystem::path settings = at / "home/.config/xdg-desktop-portal-wlr";
  std::filesystem::create_directories(settings);
  std::filesystem::permissions(at, std::filesystem::perms::owner_all);
  write_file_atomically(settings / "config",
                        std::string_view("[screencast]\noutput_name=HEADLESS-1\nchooser_type=none\nmax_fps=60\n"));
  const std::string sway = fmt::format("output HEADLESS-1 resolution {}x{}\ndefault_border none\nxwayland disable\n",
                                       config.screen.width_px, config.screen.height_px);
  write_file_atomically(at / "sway.conf", std::string_view(sway));
  const std::string bus_config = fmt::format(fmt::runtime(kBusConfig), (at / "bus").string());
  write_file_atomically(at / "bus.conf", std::string_view(bus_config));
  try {
    start("dbus-daemon", {"--config-file=" + (at / "bus.conf").string(), "--nofork", "--nopidfile"});
    wait_for("dbus-daemon", "bus");
    if (!config.portal) return;
    if (config.screencast) {
      start("sway", {"-c", (at / "sway.conf").string()});
      wait_for("sway", "wayland-1");
      start("pipewire", {});
      wait_for("pipewire", "pipewire-0");
      start("wireplumber", {});
    }
    start("xdg-permission-store", {});
    wait_for_name("xdg-permission-store", "org.freedesktop.impl.portal.PermissionStore");
    if (config.screencast) {
      start("xdg-desktop-portal-wlr", {"-l", "INFO"});
      wait_for_name("xdg-desktop-portal-wlr", "org.freedesktop.impl.portal.desktop.wlr");
    }
    start("xdg-desktop-portal", {});
    wait_for_name("xdg-desktop-portal", "org.freedesktop.portal.Desktop");
  } catch (...) {
    end();
    throw;
  }
}

WaylandDesktop::~WaylandDesktop() { end(); }

void WaylandDesktop::end() {
  for (auto started = started_.rbegin(); started != started_.rend(); ++started) {
    kill(started->pid, SIGCONT);
    kill(started->pid, SIGTERM);
    SystemClock clock;
    const Timestamp deadline = clock.now() + std::chrono::seconds(3);
    while (waitpid(started->pid, nullptr, WNOHANG) == 0) {
      if (clock.now() >= deadline) kill(started->pid, SIGKILL);
      clock.sleep_until(clock.now() + std::chrono::milliseconds(5));
    }
  }
  started_.clear();
}

std::string WaylandDesktop::bus() const { return "unix:path=" + (folder_.path() / "bus").string(); }

std::vector<std::string> WaylandDesktop::environment() const {
  return {"XDG_RUNTIME_DIR=" + folder_.path().string(),
          "HOME=" + (folder_.path() / "home").string(),
          "DBUS_SESSION_BUS_ADDRESS=" + bus(),
          "WAYLAND_DISPLAY=wayland-1",
          "XDG_CURRENT_DESKTOP=sway",
          "SDL_VIDEODRIVER=wayland",
          "SDL_AUDIODRIVER=dummy"};
}

pid_t WaylandDesktop::spawn(const std::string& name, const std::vector<std::string>& command) const {
  const std::vector<std::string> environment = this->environment();
  const std::string log = (folder_.path() / (name + ".log")).string();
  const std::string libexec = "/usr/libexec/" + name;  // where portals lie
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a killed test leaves nothing behind
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  for (const char* gone : {"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SYSTEM_BUS_ADDRESS"}) unsetenv(gone);
  for (const std::string& variable : environment) putenv(const_cast<char*>(variable.c_str()));
  for (const char* variable : {"WLR_BACKENDS=headless", "WLR_RENDERER=pixman", "WLR_LIBINPUT_NO_DEVICES=1"})
    putenv(const_cast<char*>(variable));
  const std::string mend = "LD_PRELOAD=" + (program_folder() / "screencopy_mend.so").string();
  if (name == "xdg-desktop-portal-wlr") putenv(const_cast<char*>(mend.c_str()));
  const std::string no_parts = "XDG_DESKTOP_PORTAL_DIR=" + (folder_.path() / "home").string();
  if (!has_screencast_) putenv(const_cast<char*>(no_parts.c_str()));
  if (name == "sway") unsetenv("WAYLAND_DISPLAY");  // it is the compositor, not a window of one
  std::vector<char*> arguments{const_cast<char*>(name.c_str())};
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  execvp(name.c_str(), arguments.data());
  execv(libexec.c_str(), arguments.data());
  _exit(127);
}

void WaylandDesktop::start(const std::string& name, const std::vector<std::string>& command) {
  started_.push_back({name, spawn(name, command)});
}

void WaylandDesktop::wait_for(const std::string& name, const std::filesystem::path& socket) {
  if (!comes([&] { return std::filesystem::exists(folder_.path() / socket); })) give_up(name);
}

void WaylandDesktop::wait_for_name(const std::string& name, const std::string& bus_name) {
  DBusConnection* connection = dbus_connection_open_private(bus().c_str(), nullptr);
  if (connection == nullptr || dbus_bus_register(connection, nullptr) == 0) give_up("dbus-daemon");
  dbus_connection_set_exit_on_disconnect(connection, 0);
  const bool came = comes([&] { return dbus_bus_name_has_owner(connection, bus_name.c_str(), nullptr) != 0; });
  dbus_connection_close(connection);
  dbus_connection_unref(connection);
  if (!came) give_up(name);
}

void WaylandDesktop::give_up(const std::string& name) const {
  const std::filesystem::path log = folder_.path() / (name + ".log");
  const std::string words = std::filesystem::exists(log) ? read_text_file(log) : "";
  fail(ErrorKind::kEnvironment, "{} did not come up (tools/setup.sh installs it); it said:\n{}", name, words);
}

void WaylandDesktop::send_signal(const std::string& program, int signal) const {
  for (const Started& started : started_) {
    if (started.name == program) kill(started.pid, signal);
  }
}

void become_user() {
  unsetenv("XDG_RUNTIME_DIR");
  unsetenv("DBUS_SESSION_BUS_ADDRESS");
  if (geteuid() != 0) return;
  const passwd* user = getpwnam("nobody");
  ATOLL_CHECK(user != nullptr && setgroups(0, nullptr) == 0 &&
                  setresgid(user->pw_gid, user->pw_gid, user->pw_gid) == 0 &&
                  setresuid(user->pw_uid, user->pw_uid, user->pw_uid) == 0,
              "cannot go on as the user nobody, which sway needs");
  // The portal looks into /proc at who asks; the kernel closes that to processes that changed their user.
  prctl(PR_SET_DUMPABLE, 1);
  setenv("HOME", "/nonexistent", 1);
}

}  // namespace atl::tests
