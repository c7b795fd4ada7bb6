#include "net/keys.h"

#include "core/error.h"
#include "core/files.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::net {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

using tests::error_of;

TEST(Keys, ServerAndClientKnowEachOther) {
  const TemporaryFolder folder;
  make_keys(folder.path());
  const ServerKeys server = load_server_keys(folder.path() / "server");
  const ClientKeys client = load_client_keys(folder.path() / "client");
  EXPECT_EQ(client.server, server.own.public_key);
  ASSERT_EQ(server.clients.size(), 1U);
  EXPECT_EQ(server.clients[0], client.own.public_key);
  EXPECT_NE(server.own.secret_key, client.own.secret_key);
}

TEST(Keys, AnotherClientIsAllowedBesideTheFirst) {
  const TemporaryFolder folder;
  make_keys(folder.path());
  const ServerKeys before = load_server_keys(folder.path() / "server");
  make_keys(folder.path(), "second");
  const ServerKeys after = load_server_keys(folder.path() / "server");
  EXPECT_EQ(after.own.secret_key, before.own.secret_key) << "the server keeps its key";
  EXPECT_EQ(after.clients.size(), 2U);
  EXPECT_THAT(error_of([&] { make_keys(folder.path(), "second"); }), HasSubstr("exists already"));
  for (const char* name : {"", "..", "server", "a/b"})
    EXPECT_THAT(error_of([&] { make_keys(folder.path(), name); }), HasSubstr("cannot be a client's name"));
}

TEST(Keys, SecretsAreForTheirOwnerOnly) {
  const TemporaryFolder folder;
  make_keys(folder.path());
  const fs::path secret = folder.path() / "client" / "client.secret";
  EXPECT_EQ(fs::status(secret).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  fs::permissions(secret, fs::perms::group_read, fs::perm_options::add);
  EXPECT_THAT(error_of([&] { static_cast<void>(load_client_keys(folder.path() / "client")); }), HasSubstr("chmod 600"));
}

TEST(Keys, WhatIsMissingOrNoKeyIsNamed) {
  const TemporaryFolder folder;
  make_keys(folder.path());
  const fs::path client = folder.path() / "client";
  write_file_atomically(client / "server.public", std::string_view("# nothing\n"));
  EXPECT_THAT(error_of([&] { static_cast<void>(load_client_keys(client)); }), HasSubstr("server.public holds no key"));
  write_file_atomically(client / "server.public", std::string_view("too short\n"));
  EXPECT_THAT(error_of([&] { static_cast<void>(load_client_keys(client)); }), HasSubstr("expected 40 characters"));
  fs::remove(client / "client.public");
  EXPECT_THAT(error_of([&] { static_cast<void>(load_client_keys(client)); }), HasSubstr("client.public"));
  fs::remove(folder.path() / "server" / "clients" / "client.public");
  EXPECT_THAT(error_of([&] { static_cast<void>(load_server_keys(folder.path() / "server")); }),
              HasSubstr("nobody could connect"));
}

}  // namespace
}  // namespace atl::net
