#include "envs/desktop/game/profile_files.h"

#include "core/error.h"
#include "core/files.h"
#include "envs/desktop/judges/conditions.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

namespace atl::envs::desktop {
namespace {

class Socket {
 public:
  explicit Socket(int type) : fd_(socket(AF_INET, type | SOCK_CLOEXEC, 0)) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }

  // The port that it was bound to, 0: any; nothing if that one is taken.
  [[nodiscard]] std::optional<int> bind_to(int port) const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (fd_ < 0 || bind(fd_, raw, size) != 0 || getsockname(fd_, raw, &size) != 0) return std::nullopt;
    return ntohs(address.sin_port);
  }

 private:
  int fd_;
};

// Many games are silent when their port is taken, so it must be free for both protocols.
int free_port() {
  constexpr int kTries = 64;
  for (int i = 0; i < kTries; ++i) {
    const Socket datagrams(SOCK_DGRAM);
    const std::optional<int> port = datagrams.bind_to(0);
    if (!port) break;
    const Socket stream(SOCK_STREAM);
    if (stream.bind_to(*port)) return *port;
  }
  fail(ErrorKind::kEnvironment, "no free port was found: {}", std::strerror(errno));
}

bool is_port(std::string_view name) {
  return name == "port" || (name.size() == 5 && name.starts_with("port") && name[4] >= '2' && name[4] <= '9');
}

}  // namespace

Placeholders::Placeholders(const GameProfile& profile, const std::filesystem::path& home)
    : values_{{"home", home.string()}, {"bin", program_folder().string()}, {"profile", profile.folder.string()}} {}

std::string Placeholders::value_of(std::string_view name) {
  const auto found = values_.find(name);
  if (found != values_.end()) return found->second;
  return values_[std::string(name)] = std::to_string(free_port());
}

std::string Placeholders::fill(std::string_view text) {
  return fill_names(text, [&](std::string_view name) -> std::optional<std::string> {
    if (!values_.contains(name) && !is_port(name)) return std::nullopt;
    return value_of(name);
  });
}

void write_profile_files(const GameProfile& profile, const std::filesystem::path& home, Placeholders& placeholders) {
  for (const ProfileFile& file : profile.files) {
    const std::filesystem::path path = home / file.name;
    std::filesystem::create_directories(path.parent_path());
    if (file.from.empty()) {
      write_file_atomically(path, placeholders.fill(file.text));
      continue;
    }
    std::error_code error;
    std::filesystem::copy(profile.folder / file.from, path, std::filesystem::copy_options::recursive, error);
    if (error)
      fail(ErrorKind::kFile, "cannot copy {} for {}: {}", (profile.folder / file.from).string(), profile.name,
           error.message());
  }
}

}  // namespace atl::envs::desktop
