#include "capture/window_search.h"

#include "core/error.h"
#include "x11/connection.h"
#include "x11/window.h"

#include <fmt/format.h>
#include <xcb/xcb.h>

#include <algorithm>
#include <fstream>
#include <thread>
#include <vector>

namespace atl::capture {
namespace {

using x11::Owned;

constexpr Duration kLookEvery = std::chrono::milliseconds(20);

int parent_of(int pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const std::size_t name_end = text.rfind(')');  // the name may hold spaces and brackets
  if (name_end == std::string::npos || name_end + 4 >= text.size()) return 0;
  return std::atoi(text.c_str() + name_end + 4);  // ") S 1234 ..."
}

bool is_descendant(int pid, int ancestor) {
  for (; pid > 1; pid = parent_of(pid)) {
    if (pid == ancestor) return true;
  }
  return false;
}

class Search {
 public:
  Search(const x11::Connection& connection, const WindowQuery& query)
      : connection_(connection), c_(connection.get()), query_(query) {
    net_wm_name_ = intern("_NET_WM_NAME");
  }

  std::vector<WindowMatch> run() {
    visit(connection_.root());
    connection_.check();
    const auto num_pixels = [](const WindowMatch& match) { return match.geometry.width_px * match.geometry.height_px; };
    std::stable_sort(found_.begin(), found_.end(),
                     [&](const WindowMatch& a, const WindowMatch& b) { return num_pixels(a) > num_pixels(b); });
    return std::move(found_);
  }

 private:
  std::uint32_t intern(std::string_view name) {
    const auto cookie = xcb_intern_atom(c_, 0, static_cast<std::uint16_t>(name.size()), name.data());
    const Owned<xcb_intern_atom_reply_t> reply(xcb_intern_atom_reply(c_, cookie, nullptr));
    return reply ? reply->atom : 0;
  }

  // Windows may vanish at any time while the tree is walked; whatever cannot be read does not match.
  template <class Reply, class Cookie>
  Owned<Reply> answer(Reply* (*wait)(xcb_connection_t*, Cookie, xcb_generic_error_t**), Cookie cookie) {
    xcb_generic_error_t* error = nullptr;
    Owned<Reply> reply(wait(c_, cookie, &error));
    std::free(error);
    return reply;
  }

  std::string property(std::uint32_t window, std::uint32_t atom) {
    const auto reply =
        answer(xcb_get_property_reply, xcb_get_property(c_, 0, window, atom, XCB_GET_PROPERTY_TYPE_ANY, 0, 256));
    if (!reply) return "";
    return {static_cast<const char*>(xcb_get_property_value(reply.get())),
            static_cast<std::size_t>(xcb_get_property_value_length(reply.get()))};
  }

  void visit(std::uint32_t window) {
    const auto tree = answer(xcb_query_tree_reply, xcb_query_tree(c_, window));
    if (!tree) return;
    const std::uint32_t* children = xcb_query_tree_children(tree.get());
    for (int i = xcb_query_tree_children_length(tree.get()) - 1; i >= 0; --i) {  // the topmost first
      consider(children[i]);
      visit(children[i]);
    }
  }

  void consider(std::uint32_t window) {
    const auto attributes = answer(xcb_get_window_attributes_reply, xcb_get_window_attributes(c_, window));
    if (!attributes || attributes->_class != XCB_WINDOW_CLASS_INPUT_OUTPUT) return;
    const bool is_visible = attributes->map_state == XCB_MAP_STATE_VIEWABLE;
    if (!is_visible && !query_.hidden_too) return;
    const auto area = x11::client_area(connection_, window);
    if (!area || area->width_px < query_.min_size.width_px || area->height_px < query_.min_size.height_px) return;
    WindowMatch match;
    match.id = window;
    match.geometry = *area;
    match.is_visible = is_visible;
    match.title = property(window, net_wm_name_);
    if (match.title.empty()) match.title = property(window, XCB_ATOM_WM_NAME);
    const std::string wm_class = property(window, XCB_ATOM_WM_CLASS);  // "instance\0class\0"
    const std::string instance = wm_class.substr(0, wm_class.find('\0'));
    match.window_class =
        instance.size() + 1 < wm_class.size() ? std::string(wm_class.c_str() + instance.size() + 1) : "";
    if (!query_.title.empty() && match.title.find(query_.title) == std::string::npos) return;
    if (!query_.window_class.empty() && query_.window_class != match.window_class && query_.window_class != instance) {
      return;
    }
    match.pid = x11::pid_of(connection_, window);
    if (query_.pid != 0 && !is_descendant(match.pid, query_.pid)) return;
    found_.push_back(std::move(match));
  }

  const x11::Connection& connection_;
  xcb_connection_t* c_;
  const WindowQuery& query_;
  std::uint32_t net_wm_name_ = 0;
  std::vector<WindowMatch> found_;  // the topmost first
};

}  // namespace

std::optional<WindowMatch> find_window(const std::string& display, const WindowQuery& query) {
  std::vector<WindowMatch> found = find_windows(display, query);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<WindowMatch> find_windows(const std::string& display, const WindowQuery& query) {
  const x11::Connection connection(display);
  return Search(connection, query).run();
}

std::optional<WindowMatch> wait_window(const std::string& display, const WindowQuery& query, Timestamp deadline) {
  const x11::Connection connection(display);
  while (true) {
    if (auto found = Search(connection, query).run(); !found.empty()) return std::move(found.front());
    const Timestamp now = MonotonicClock::now();
    if (now >= deadline) return std::nullopt;
    std::this_thread::sleep_for(std::min<Duration>(kLookEvery, deadline - now));
  }
}

std::string to_string(const WindowQuery& query) {
  std::vector<std::string> parts;
  if (query.pid != 0) parts.push_back(fmt::format("pid {}", query.pid));
  if (!query.window_class.empty()) parts.push_back(fmt::format("class \"{}\"", query.window_class));
  if (!query.title.empty()) parts.push_back(fmt::format("title with \"{}\"", query.title));
  parts.push_back(fmt::format("at least {}x{} px", query.min_size.width_px, query.min_size.height_px));
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace atl::capture
