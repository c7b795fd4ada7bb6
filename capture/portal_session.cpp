#include "capture/portal_session.h"

#include "core/error.h"
#include "core/files.h"

#include <dbus/dbus.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace atl::capture {
namespace {

constexpr char kService[] = "org.freedesktop.portal.Desktop";
constexpr char kObject[] = "/org/freedesktop/portal/desktop";
constexpr char kScreenCast[] = "org.freedesktop.portal.ScreenCast";
constexpr char kRequest[] = "org.freedesktop.portal.Request";
constexpr char kSession[] = "org.freedesktop.portal.Session";
constexpr int kCallTime_ms = 10'000;  // for the portal to take a call
constexpr int kLook_ms = 50;

struct Unref {
  void operator()(DBusMessage* message) const { dbus_message_unref(message); }
};
using Message = std::unique_ptr<DBusMessage, Unref>;

struct ErrorText {
  DBusError raw{};
  ErrorText() { dbus_error_init(&raw); }
  ErrorText(const ErrorText&) = delete;
  ErrorText& operator=(const ErrorText&) = delete;
  ~ErrorText() { dbus_error_free(&raw); }
  [[nodiscard]] std::string text() const { return raw.message != nullptr ? raw.message : "no answer"; }
  [[nodiscard]] bool is(const char* name) const { return dbus_error_has_name(&raw, name) != 0; }
};

// The options of a portal's call: a{sv}.
using Option = std::pair<const char*, std::variant<std::string, std::uint32_t, bool>>;

void append_options(DBusMessageIter& at, const std::vector<Option>& options) {
  DBusMessageIter dictionary;
  dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "{sv}", &dictionary);
  for (const auto& [key, value] : options) {
    DBusMessageIter entry;
    DBusMessageIter variant;
    dbus_message_iter_open_container(&dictionary, DBUS_TYPE_DICT_ENTRY, nullptr, &entry);
    dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &key);
    const auto append = [&](const char* signature, int type, const void* bytes) {
      dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, signature, &variant);
      dbus_message_iter_append_basic(&variant, type, bytes);
    };
    if (const auto* text = std::get_if<std::string>(&value)) {
      const char* words = text->c_str();
      append("s", DBUS_TYPE_STRING, &words);
    } else if (const auto* number = std::get_if<std::uint32_t>(&value)) {
      append("u", DBUS_TYPE_UINT32, number);
    } else {
      const dbus_bool_t flag = std::get<bool>(value);
      append("b", DBUS_TYPE_BOOLEAN, &flag);
    }
    dbus_message_iter_close_container(&entry, &variant);
    dbus_message_iter_close_container(&dictionary, &entry);
  }
  dbus_message_iter_close_container(&at, &dictionary);
}

// Moves into the variant under `key` of the a{sv} at `dictionary`. False: there is none.
bool find_entry(DBusMessageIter dictionary, std::string_view key, DBusMessageIter& value) {
  if (dbus_message_iter_get_arg_type(&dictionary) != DBUS_TYPE_ARRAY) return false;
  DBusMessageIter entries;
  for (dbus_message_iter_recurse(&dictionary, &entries);
       dbus_message_iter_get_arg_type(&entries) == DBUS_TYPE_DICT_ENTRY; dbus_message_iter_next(&entries)) {
    DBusMessageIter entry;
    dbus_message_iter_recurse(&entries, &entry);
    const char* name = nullptr;
    dbus_message_iter_get_basic(&entry, &name);
    dbus_message_iter_next(&entry);
    if (key != name || dbus_message_iter_get_arg_type(&entry) != DBUS_TYPE_VARIANT) continue;
    dbus_message_iter_recurse(&entry, &value);
    return true;
  }
  return false;
}

std::string text_of(DBusMessageIter dictionary, std::string_view key) {
  DBusMessageIter value;
  if (!find_entry(dictionary, key, value)) return "";
  const int type = dbus_message_iter_get_arg_type(&value);
  if (type != DBUS_TYPE_STRING && type != DBUS_TYPE_OBJECT_PATH) return "";
  const char* text = nullptr;
  dbus_message_iter_get_basic(&value, &text);
  return text;
}

std::uint32_t number_of(DBusMessageIter dictionary, std::string_view key) {
  DBusMessageIter value;
  if (!find_entry(dictionary, key, value) || dbus_message_iter_get_arg_type(&value) != DBUS_TYPE_UINT32) return 0;
  std::uint32_t number = 0;
  dbus_message_iter_get_basic(&value, &number);
  return number;
}

// A pair of ints, as a stream's position and size.
std::pair<int, int> pair_of(DBusMessageIter dictionary, std::string_view key) {
  DBusMessageIter value;
  if (!find_entry(dictionary, key, value) || dbus_message_iter_get_arg_type(&value) != DBUS_TYPE_STRUCT) return {};
  DBusMessageIter parts;
  dbus_message_iter_recurse(&value, &parts);
  std::int32_t numbers[2] = {};
  for (std::int32_t& number : numbers) {
    if (dbus_message_iter_get_arg_type(&parts) == DBUS_TYPE_INT32) dbus_message_iter_get_basic(&parts, &number);
    dbus_message_iter_next(&parts);
  }
  return {numbers[0], numbers[1]};
}

std::string bus_address(const std::string& wanted) {
  if (!wanted.empty()) return wanted;
  if (const char* told = std::getenv("DBUS_SESSION_BUS_ADDRESS"); told != nullptr && *told != '\0') return told;
  const char* folder = std::getenv("XDG_RUNTIME_DIR");
  if (folder != nullptr && std::filesystem::exists(std::filesystem::path(folder) / "bus"))
    return "unix:path=" + (std::filesystem::path(folder) / "bus").string();
  fail(ErrorKind::kDevice,
       "Wayland capture needs the desktop's session bus: found neither DBUS_SESSION_BUS_ADDRESS nor "
       "$XDG_RUNTIME_DIR/bus; run it inside of the desktop's session, or capture an X11 window");
}

std::string word_of(PortalContent content) {
  return content == PortalContent::kMonitor ? "screens" : content == PortalContent::kWindow ? "windows" : "anything";
}

}  // namespace

struct PortalSession::State {
  explicit State(const PortalConfig& c) : config(c), address(bus_address(c.bus)) {}
  ~State();

  void connect();
  void check_portal();
  [[nodiscard]] Message call(const char* object, const char* interface, const char* method,
                             const std::vector<const char*>& arguments, const std::vector<Option>& options);
  // The answer to a call that the person may have to decide on; positioned at its a{sv}.
  [[nodiscard]] Message ask(const char* method, const std::vector<const char*>& arguments, std::vector<Option> options,
                            DBusMessageIter& results);
  [[nodiscard]] Message wait_response(const std::string& request, const char* method);
  void select();
  void start();
  void read_stream(DBusMessageIter results);
  [[nodiscard]] std::string kept_token() const;

  const PortalConfig config;
  const std::string address;
  DBusConnection* bus = nullptr;
  std::string session;
  std::uint32_t version = 0;
  std::uint32_t contents = 0;  // offered; bits: 1 screens, 2 windows, 4 virtual ones
  std::uint32_t cursors = 0;   // offered; bits: 1 hidden, 2 drawn, 4 told beside
  int num_tokens = 0;
  PortalStream stream;
  bool closed = false;
};

PortalSession::State::~State() {
  if (bus == nullptr) return;
  if (!session.empty()) {
    const Message close(dbus_message_new_method_call(kService, session.c_str(), kSession, "Close"));
    dbus_connection_send(bus, close.get(), nullptr);
    dbus_connection_flush(bus);
  }
  dbus_connection_close(bus);
  dbus_connection_unref(bus);
}

void PortalSession::State::connect() {
  ErrorText error;
  bus = dbus_connection_open_private(address.c_str(), &error.raw);
  if (bus == nullptr || dbus_bus_register(bus, &error.raw) == 0) {
    fail(ErrorKind::kDevice, "cannot connect to the session bus {}: {}; expected the bus of a running desktop session",
         address, error.text());
  }
  dbus_connection_set_exit_on_disconnect(bus, 0);
  for (const char* interface : {kRequest, kSession}) {
    const std::string match = fmt::format("type='signal',interface='{}'", interface);
    dbus_bus_add_match(bus, match.c_str(), nullptr);
  }
}

void PortalSession::State::check_portal() {
  Message get(dbus_message_new_method_call(kService, kObject, "org.freedesktop.DBus.Properties", "GetAll"));
  const char* interface = kScreenCast;
  dbus_message_append_args(get.get(), DBUS_TYPE_STRING, &interface, DBUS_TYPE_INVALID);
  ErrorText error;
  const Message reply(dbus_connection_send_with_reply_and_block(bus, get.get(), kCallTime_ms, &error.raw));
  if (!reply && (error.is(DBUS_ERROR_SERVICE_UNKNOWN) || error.is(DBUS_ERROR_NAME_HAS_NO_OWNER))) {
    fail(ErrorKind::kDevice,
         "no desktop portal on {} ({}); install xdg-desktop-portal and the one of your desktop "
         "(xdg-desktop-portal-gnome, "
         "-kde, or -wlr for sway)",
         address, error.text());
  }
  DBusMessageIter properties;
  if (reply) dbus_message_iter_init(reply.get(), &properties);
  if (reply) version = number_of(properties, "version");
  if (version == 0) {
    fail(ErrorKind::kDevice,
         "the desktop portal on {} offers no ScreenCast ({}); expected a portal of your desktop that does "
         "(xdg-desktop-portal-gnome, -kde, or -wlr for sway), started with XDG_CURRENT_DESKTOP set",
         address, reply ? "it has no version" : error.text());
  }
  contents = number_of(properties, "AvailableSourceTypes");
  cursors = version >= 2 ? number_of(properties, "AvailableCursorModes") : 1;
}

Message PortalSession::State::call(const char* object, const char* interface, const char* method,
                                   const std::vector<const char*>& arguments, const std::vector<Option>& options) {
  Message message(dbus_message_new_method_call(kService, object, interface, method));
  DBusMessageIter at;
  dbus_message_iter_init_append(message.get(), &at);
  for (std::size_t i = 0; i < arguments.size(); ++i) {  // a session, then words
    dbus_message_iter_append_basic(&at, i == 0 ? DBUS_TYPE_OBJECT_PATH : DBUS_TYPE_STRING, &arguments[i]);
  }
  append_options(at, options);
  ErrorText error;
  Message reply(dbus_connection_send_with_reply_and_block(bus, message.get(), kCallTime_ms, &error.raw));
  if (!reply) fail(ErrorKind::kDevice, "the desktop portal refused {}: {}", method, error.text());
  return reply;
}

Message PortalSession::State::ask(const char* method, const std::vector<const char*>& arguments,
                                  std::vector<Option> options, DBusMessageIter& results) {
  options.emplace_back("handle_token", fmt::format("atoll{}_{}", getpid(), num_tokens++));
  const Message reply = call(kObject, kScreenCast, method, arguments, options);
  const char* request = nullptr;
  if (dbus_message_get_args(reply.get(), nullptr, DBUS_TYPE_OBJECT_PATH, &request, DBUS_TYPE_INVALID) == 0)
    fail(ErrorKind::kDevice, "the desktop portal answered {} without a request; expected its path", method);
  Message response = wait_response(request, method);
  dbus_message_iter_init(response.get(), &results);
  std::uint32_t code = 2;
  if (dbus_message_iter_get_arg_type(&results) == DBUS_TYPE_UINT32) dbus_message_iter_get_basic(&results, &code);
  dbus_message_iter_next(&results);
  if (code != 0) {
    fail(ErrorKind::kDevice, "the desktop portal ended {} with code {}: {}", method, code,
         code == 1
             ? "the person refused; ask again and allow it"
             : "its part for this desktop (xdg-desktop-portal-gnome, -kde, or -wlr for sway) does not run or could "
               "not show anything; its log tells why");
  }
  return response;
}

Message PortalSession::State::wait_response(const std::string& request, const char* method) {
  const Timestamp deadline = MonotonicClock::now() + config.answer_within;
  while (true) {
    while (Message message{dbus_connection_pop_message(bus)}) {
      const char* path = dbus_message_get_path(message.get());
      if (dbus_message_is_signal(message.get(), kRequest, "Response") != 0 && path != nullptr && request == path)
        return message;
    }
    if (MonotonicClock::now() >= deadline) {
      fail(ErrorKind::kDevice,
           "nobody answered the desktop portal's {} within {} s; expected a person to choose in its "
           "dialog",
           method, to_seconds(config.answer_within));
    }
    if (dbus_connection_read_write(bus, kLook_ms) == 0)
      fail(ErrorKind::kDevice, "the session bus {} closed the connection", address);
  }
}

std::string PortalSession::State::kept_token() const {
  if (config.token_file.empty() || !std::filesystem::exists(config.token_file)) return "";
  std::string token = read_text_file(config.token_file);
  while (!token.empty() && token.back() == '\n') token.pop_back();
  return token;
}

void PortalSession::State::select() {
  const std::uint32_t wanted = config.content == PortalContent::kMonitor  ? 1
                               : config.content == PortalContent::kWindow ? 2
                                                                          : contents & 3;
  if ((contents & wanted) == 0) {
    fail(ErrorKind::kDevice,
         "the desktop portal does not show {} (it offers {:#x}; 1: screens, 2: windows); ask for "
         "what it offers",
         word_of(config.content), contents);
  }
  const std::uint32_t cursor = config.cursor == CursorMode::kDrawn ? 2 : 1;
  if ((cursors & cursor) == 0) {
    fail(ErrorKind::kDevice, "the desktop portal offers no cursor mode {} (it offers {:#x}; 1: hidden, 2: drawn)",
         cursor, cursors);
  }
  std::vector<Option> options{{"types", wanted}, {"multiple", false}};
  if (version >= 2) options.emplace_back("cursor_mode", cursor);
  if (version >= 4 && !config.token_file.empty()) {
    options.emplace_back("persist_mode", std::uint32_t{2});  // until revoked
    if (const std::string token = kept_token(); !token.empty()) options.emplace_back("restore_token", token);
  }
  DBusMessageIter results;
  (void)ask("SelectSources", {session.c_str()}, options, results);
}

void PortalSession::State::start() {
  DBusMessageIter results;
  const Message response = ask("Start", {session.c_str(), ""}, {}, results);
  read_stream(results);
  const std::string token = text_of(results, "restore_token");
  if (!config.token_file.empty() && !token.empty()) write_file_atomically(config.token_file, token + "\n");
}

// streams: a(ua{sv})
void PortalSession::State::read_stream(DBusMessageIter results) {
  DBusMessageIter streams;
  DBusMessageIter structs;
  if (find_entry(results, "streams", streams) && dbus_message_iter_get_arg_type(&streams) == DBUS_TYPE_ARRAY) {
    dbus_message_iter_recurse(&streams, &structs);
    if (dbus_message_iter_get_arg_type(&structs) == DBUS_TYPE_STRUCT) {
      DBusMessageIter parts;
      dbus_message_iter_recurse(&structs, &parts);
      dbus_message_iter_get_basic(&parts, &stream.node);
      dbus_message_iter_next(&parts);
      const auto [x, y] = pair_of(parts, "position");
      const auto [width, height] = pair_of(parts, "size");
      stream.place = {x, y, width, height};
      const std::uint32_t type = number_of(parts, "source_type");
      stream.name =
          fmt::format("{} by the desktop's portal, PipeWire node {}", type == 2 ? "window" : "screen", stream.node);
      return;
    }
  }
  fail(ErrorKind::kDevice, "the desktop portal started without a stream; expected one of PipeWire");
}

PortalSession::PortalSession(const PortalConfig& config) : state_(std::make_unique<State>(config)) {
  State& s = *state_;
  s.connect();
  s.check_portal();
  DBusMessageIter results;
  const Message created =
      s.ask("CreateSession", {}, {{"session_handle_token", fmt::format("atoll{}_session", getpid())}}, results);
  s.session = text_of(results, "session_handle");
  if (s.session.empty()) fail(ErrorKind::kDevice, "the desktop portal made no session; expected session_handle");
  s.select();
  s.start();
}

PortalSession::~PortalSession() = default;

const PortalStream& PortalSession::stream() const { return state_->stream; }

int PortalSession::open_pipewire() {
  const Message reply = state_->call(kObject, kScreenCast, "OpenPipeWireRemote", {state_->session.c_str()}, {});
  int fd = -1;
  if (dbus_message_get_args(reply.get(), nullptr, DBUS_TYPE_UNIX_FD, &fd, DBUS_TYPE_INVALID) == 0 || fd < 0)
    fail(ErrorKind::kDevice, "the desktop portal gave no connection to PipeWire; is its daemon running?");
  return fd;
}

bool PortalSession::poll_closed() {
  State& s = *state_;
  if (dbus_connection_read_write(s.bus, 0) == 0) s.closed = true;
  while (const Message message{dbus_connection_pop_message(s.bus)}) {
    const char* path = dbus_message_get_path(message.get());
    const bool ours = path != nullptr && s.session == path;
    s.closed |= ours && dbus_message_is_signal(message.get(), kSession, "Closed") != 0;
  }
  return s.closed;
}

}  // namespace atl::capture
