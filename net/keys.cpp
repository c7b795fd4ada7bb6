#include "net/keys.h"

#include "core/error.h"
#include "core/files.h"

#include <sys/stat.h>
#include <zmq.h>

#include <algorithm>
#include <array>
#include <sstream>

namespace atl::net {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeyCharacters = 40;

KeyPair make_pair() {
  std::array<char, kKeyCharacters + 1> public_key{};
  std::array<char, kKeyCharacters + 1> secret_key{};
  if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0)
    fail(ErrorKind::kNetwork, "no keys can be made: this libzmq was built without CURVE; install Debian's libzmq5");
  return {public_key.data(), secret_key.data()};
}

void write_key(const fs::path& file, std::string_view comment, const std::string& key, bool is_secret) {
  // Made with its permissions before anything is in it.
  const mode_t old_mask = ::umask(is_secret ? 0177 : 0022);
  try {
    write_file_atomically(file, fmt::format("# {}\n{}\n", comment, key));
  } catch (...) {
    ::umask(old_mask);
    throw;
  }
  ::umask(old_mask);
  fs::permissions(file, is_secret ? fs::perms::owner_read | fs::perms::owner_write
                                  : fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read |
                                        fs::perms::others_read);
}

std::string read_key(const fs::path& file) {
  std::istringstream lines(read_text_file(file));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::array<std::uint8_t, 32> bytes{};
    if (line.size() != kKeyCharacters || zmq_z85_decode(bytes.data(), line.c_str()) == nullptr)
      fail(ErrorKind::kFormat, "{} holds a line of {} characters that is no key, expected {} characters of Z85",
           file.string(), line.size(), kKeyCharacters);
    return line;
  }
  fail(ErrorKind::kFormat, "{} holds no key", file.string());
}

std::string read_secret(const fs::path& file) {
  const fs::perms others = fs::perms::group_all | fs::perms::others_all;
  std::error_code error;
  if ((fs::status(file, error).permissions() & others) != fs::perms::none && !error && fs::exists(file))
    fail(ErrorKind::kFile, "{0} can be read by others than its owner; run: chmod 600 {0}", file.string());
  return read_key(file);
}

}  // namespace

void make_keys(const fs::path& folder, const std::string& client) {
  if (client.empty() || client == "server" || client == "." || client == ".." || client.find('/') != std::string::npos)
    fail(ErrorKind::kUsage, "\"{}\" cannot be a client's name: expected a plain file name other than \"server\"",
         client);
  const fs::path server = folder / "server";
  const fs::path mine = folder / client;
  if (fs::exists(mine))
    fail(ErrorKind::kFile, "{} exists already; give another client's name, or remove it and server/clients/{}.public",
         mine.string(), client);
  if (!fs::exists(server / "server.secret")) {
    const KeyPair pair = make_pair();
    fs::create_directories(server / "clients");
    write_key(server / "server.secret", "secret key of the server: stays where the server runs", pair.secret_key, true);
    write_key(server / "server.public", "public key of the server", pair.public_key, false);
  }
  const KeyPair pair = make_pair();
  fs::create_directories(mine);
  write_key(mine / "client.secret", "secret key of this client", pair.secret_key, true);
  write_key(mine / "client.public", "public key of this client", pair.public_key, false);
  write_key(mine / "server.public", "public key of the server", read_key(server / "server.public"), false);
  write_key(server / "clients" / (client + ".public"), "may connect", pair.public_key, false);
}

ServerKeys load_server_keys(const fs::path& folder) {
  ServerKeys keys{{read_key(folder / "server.public"), read_secret(folder / "server.secret")}, {}};
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder / "clients", error)) {
    if (entry.path().extension() == ".public") keys.clients.push_back(read_key(entry.path()));
  }
  if (keys.clients.empty())
    fail(ErrorKind::kConfig, "{} holds no client's key: nobody could connect; `atoll serve --make-keys` writes one",
         (folder / "clients").string());
  std::sort(keys.clients.begin(), keys.clients.end());
  return keys;
}

ClientKeys load_client_keys(const fs::path& folder) {
  return {{read_key(folder / "client.public"), read_secret(folder / "client.secret")},
          read_key(folder / "server.public")};
}

}  // namespace atl::net
