// One connection to an X server: what capture/ and input/ share. Built on xcb, so that an error belongs to the request
// that caused it and a lost server is a return code, not the end of the process. Each thread that talks to the server
// owns its connection.
#pragma once

#include "core/clock.h"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

struct xcb_connection_t;
struct xcb_extension_t;
struct xcb_query_extension_reply_t;

namespace atl::x11 {

/// Frees what xcb handed out.
struct Free {
  void operator()(void* p) const { std::free(p); }
};
/// A reply, event or error of xcb, owned.
template <class T>
using Owned = std::unique_ptr<T, Free>;

/// An event or an error of the server, or nothing. Sources that include xcb's headers look inside.
class Event {
 public:
  explicit Event(void* raw = nullptr) : raw_(raw) {}
  explicit operator bool() const { return raw_ != nullptr; }
  /// T: xcb's struct for an event of this type.
  template <class T>
  [[nodiscard]] const T& as() const {
    return *static_cast<const T*>(raw_.get());
  }
  /// XCB_KEY_PRESS and so on; 0: an error.
  [[nodiscard]] int type() const { return as<std::uint8_t>() & 0x7f; }

 private:
  Owned<void> raw_;
};

class Connection {
 public:
  /// Connects to `display` (":77"; empty: the one the process was started on). Throws Error(kDevice) naming it.
  explicit Connection(const std::string& display);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  [[nodiscard]] xcb_connection_t* get() const { return connection_; }
  [[nodiscard]] std::uint32_t root() const { return root_; }
  [[nodiscard]] const std::string& display() const { return display_; }
  [[nodiscard]] int fd() const;

  /// Whether the server closed the connection or it broke.
  [[nodiscard]] bool is_lost() const;
  /// Throws Error(kDevice) if it did.
  void check() const;

  /// The extension's opcodes and first event. Throws Error(kDevice) naming `name` when the server lacks it.
  const xcb_query_extension_reply_t& require_extension(xcb_extension_t& extension, std::string_view name) const;

  /// The next event, or none for now.
  [[nodiscard]] Event poll_event() const;

  /// Whether xcb has read anything since the last call, of this or of wait_readable(). It takes in all that has come
  /// whenever it sends or is asked for one thing, and what waits in its memory makes nothing readable: whoever waits on
  /// fd() asks this first, and looks for events and answers once more if it is true.
  [[nodiscard]] bool has_read() const;

  /// Sends what is buffered, then blocks until the server has something to say, `other_fd` (>= 0) is readable, or
  /// `deadline` has come: false only then. Returns at once if has_read().
  bool wait_readable(Timestamp deadline, int other_fd = -1) const;

  /// Sends what is buffered and blocks until the server has carried it all out.
  void sync() const;

 private:
  xcb_connection_t* connection_;
  std::string display_;
  std::uint32_t root_ = 0;
  mutable std::uint64_t bytes_read_ = 0;  // when has_read() was asked last
};

}  // namespace atl::x11
