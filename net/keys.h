// CURVE keys, which say who may talk to whom beyond this machine. `make_keys` writes two folders: `server/` stays with
// the server, `client/` is copied to the client over a channel that is trusted already.
//
//   server/server.secret  server/server.public  server/clients/NAME.public   (the allow-list: one file a client)
//   NAME/client.secret    NAME/client.public    NAME/server.public
//
// A file holds one key of 40 characters (Z85), after lines that begin with #. Secrets are readable by their owner only.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace atl::net {

struct KeyPair {
  std::string public_key;  // 40 characters, Z85
  std::string secret_key;
};

struct ServerKeys {
  KeyPair own;
  std::vector<std::string> clients;  // public keys that may connect
};

struct ClientKeys {
  KeyPair own;
  std::string server;  // public key of the server that is expected
};

/// Writes `folder`/server where it is missing, and `folder`/`client` with a new pair that the server allows. Throws
/// Error(kFile) if that client exists already, Error(kUsage) for a name that is no plain file name.
void make_keys(const std::filesystem::path& folder, const std::string& client = "client");

/// Reads the folder that a server or client was given. Throws Error(kFile) for files that are missing, or secrets that
/// others may read; Error(kFormat) for what is no key; Error(kConfig) for a server that allows nobody.
[[nodiscard]] ServerKeys load_server_keys(const std::filesystem::path& folder);
[[nodiscard]] ClientKeys load_client_keys(const std::filesystem::path& folder);

}  // namespace atl::net
