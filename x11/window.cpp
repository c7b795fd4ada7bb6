#include "x11/window.h"

#include "core/error.h"

#include <xcb/res.h>
#include <xcb/xcb.h>

#include <bit>
#include <string_view>

namespace atl::x11 {
namespace {

bool is_inside(const Connection& connection, std::uint32_t inner, std::uint32_t outer) {
  for (std::uint32_t window = inner; window != 0 && window != connection.root();) {
    if (window == outer) return true;
    const Owned<xcb_query_tree_reply_t> tree(
        xcb_query_tree_reply(connection.get(), xcb_query_tree(connection.get(), window), nullptr));
    if (!tree) return false;
    window = tree->parent;
  }
  return false;
}

bool meet(const WindowGeometry& a, const WindowGeometry& b) {
  return a.x_px < b.x_px + b.width_px && b.x_px < a.x_px + a.width_px && a.y_px < b.y_px + b.height_px &&
         b.y_px < a.y_px + a.height_px;
}

bool holds(const WindowGeometry& outer, const WindowGeometry& inner) {
  return inner.x_px >= outer.x_px && inner.y_px >= outer.y_px &&
         inner.x_px + inner.width_px <= outer.x_px + outer.width_px &&
         inner.y_px + inner.height_px <= outer.y_px + outer.height_px;
}

bool is_shown(const Connection& connection, std::uint32_t window) {
  const Owned<xcb_get_window_attributes_reply_t> attributes(
      xcb_get_window_attributes_reply(connection.get(), xcb_get_window_attributes(connection.get(), window), nullptr));
  return attributes && attributes->_class == XCB_WINDOW_CLASS_INPUT_OUTPUT &&
         attributes->map_state == XCB_MAP_STATE_VIEWABLE;
}

}  // namespace

std::optional<WindowGeometry> client_area(const Connection& connection, std::uint32_t window) {
  xcb_connection_t* c = connection.get();
  const auto geometry_cookie = xcb_get_geometry(c, window);
  const auto place_cookie = xcb_translate_coordinates(c, window, connection.root(), 0, 0);
  xcb_generic_error_t* raw_error = nullptr;
  const Owned<xcb_get_geometry_reply_t> geometry(xcb_get_geometry_reply(c, geometry_cookie, &raw_error));
  const Owned<xcb_generic_error_t> geometry_error(raw_error);
  raw_error = nullptr;
  const Owned<xcb_translate_coordinates_reply_t> place(xcb_translate_coordinates_reply(c, place_cookie, &raw_error));
  const Owned<xcb_generic_error_t> place_error(raw_error);
  if (!geometry || !place) {
    connection.check();
    return std::nullopt;
  }
  return WindowGeometry{place->dst_x, place->dst_y, geometry->width, geometry->height};
}

int pid_of(const Connection& connection, std::uint32_t window) {
  xcb_connection_t* c = connection.get();
  xcb_generic_error_t* raw_error = nullptr;
  const xcb_query_extension_reply_t* res = xcb_get_extension_data(c, &xcb_res_id);
  if (res != nullptr && res->present != 0) {
    // The server answers an extension's requests only after it was asked for its version.
    const auto version_cookie = xcb_res_query_version(c, 1, 2);
    const xcb_res_client_id_spec_t spec{window, XCB_RES_CLIENT_ID_MASK_LOCAL_CLIENT_PID};
    const auto ids_cookie = xcb_res_query_client_ids(c, 1, &spec);
    const Owned<xcb_res_query_version_reply_t> version(xcb_res_query_version_reply(c, version_cookie, nullptr));
    const Owned<xcb_res_query_client_ids_reply_t> ids(xcb_res_query_client_ids_reply(c, ids_cookie, &raw_error));
    const Owned<xcb_generic_error_t> error(raw_error);
    if (ids) {
      for (auto id = xcb_res_query_client_ids_ids_iterator(ids.get()); id.rem > 0; xcb_res_client_id_value_next(&id)) {
        if (xcb_res_client_id_value_value_length(id.data) > 0)
          return static_cast<int>(*xcb_res_client_id_value_value(id.data));
      }
    }
  }
  constexpr std::string_view kPid = "_NET_WM_PID";
  const Owned<xcb_intern_atom_reply_t> atom(
      xcb_intern_atom_reply(c, xcb_intern_atom(c, 0, kPid.size(), kPid.data()), nullptr));
  if (!atom) return 0;
  raw_error = nullptr;
  const auto cookie = xcb_get_property(c, 0, window, atom->atom, XCB_ATOM_CARDINAL, 0, 1);
  const Owned<xcb_get_property_reply_t> told(xcb_get_property_reply(c, cookie, &raw_error));
  const Owned<xcb_generic_error_t> error(raw_error);
  if (!told || told->format != 32 || xcb_get_property_value_length(told.get()) < 4) return 0;
  return static_cast<int>(*static_cast<const std::uint32_t*>(xcb_get_property_value(told.get())));
}

bool has_focus(const Connection& connection, std::uint32_t window) {
  xcb_connection_t* c = connection.get();
  const auto focus_cookie = xcb_get_input_focus(c);
  const Owned<xcb_get_input_focus_reply_t> focus(xcb_get_input_focus_reply(c, focus_cookie, nullptr));
  if (!focus || focus->focus == XCB_INPUT_FOCUS_NONE) return false;
  if (focus->focus != XCB_INPUT_FOCUS_POINTER_ROOT && focus->focus != connection.root()) {
    return is_inside(connection, focus->focus, window);
  }
  return is_pointer_over(connection, window);
}

bool is_pointer_over(const Connection& connection, std::uint32_t window) {
  xcb_connection_t* c = connection.get();
  const Owned<xcb_query_pointer_reply_t> pointer(
      xcb_query_pointer_reply(c, xcb_query_pointer(c, connection.root()), nullptr));
  // The child is the topmost window at the pointer: the window itself, or a frame of the window manager's around it.
  if (!pointer || pointer->child == 0 || !is_inside(connection, window, pointer->child)) return false;
  const auto area = client_area(connection, window);
  return area && pointer->root_x >= area->x_px && pointer->root_x < area->x_px + area->width_px &&
         pointer->root_y >= area->y_px && pointer->root_y < area->y_px + area->height_px;
}

bool is_covered(const Connection& connection, std::uint32_t window) {
  xcb_connection_t* c = connection.get();
  const auto area = client_area(connection, window);
  if (!area) return true;
  for (std::uint32_t inner = window; inner != connection.root();) {
    const Owned<xcb_query_tree_reply_t> tree(xcb_query_tree_reply(c, xcb_query_tree(c, inner), nullptr));
    if (!tree) return true;
    const std::uint32_t outer = tree->parent;
    const Owned<xcb_query_tree_reply_t> level(xcb_query_tree_reply(c, xcb_query_tree(c, outer), nullptr));
    const auto around = client_area(connection, outer);
    if (!level || !around || !holds(*around, *area)) return true;
    const std::uint32_t* windows = xcb_query_tree_children(level.get());  // the topmost last
    for (int i = xcb_query_tree_children_length(level.get()) - 1; i >= 0 && windows[i] != inner; --i) {
      const auto other = client_area(connection, windows[i]);
      if (other && meet(*other, *area) && is_shown(connection, windows[i])) return true;
    }
    inner = outer;
  }
  return false;
}

bool is_focus_free(const Connection& connection) {
  xcb_connection_t* c = connection.get();
  const Owned<xcb_get_input_focus_reply_t> focus(xcb_get_input_focus_reply(c, xcb_get_input_focus(c), nullptr));
  return focus && (focus->focus == XCB_INPUT_FOCUS_NONE || focus->focus == XCB_INPUT_FOCUS_POINTER_ROOT ||
                   focus->focus == connection.root());
}

void focus_window(const Connection& connection, std::uint32_t window) {
  xcb_connection_t* c = connection.get();
  const Owned<xcb_generic_error_t> error(
      xcb_request_check(c, xcb_set_input_focus_checked(c, XCB_INPUT_FOCUS_PARENT, window, XCB_CURRENT_TIME)));
  connection.check();
  if (error) {
    fail(ErrorKind::kDevice,
         "cannot give the focus to window {:#x} on {} (X error {}); expected a window that is open "
         "and visible",
         window, connection.display(), error->error_code);
  }
}

bool has_window_manager(const Connection& connection) {
  constexpr std::string_view kSign = "_NET_SUPPORTING_WM_CHECK";  // of the root: a window of the manager's own
  xcb_connection_t* c = connection.get();
  const Owned<xcb_intern_atom_reply_t> atom(
      xcb_intern_atom_reply(c, xcb_intern_atom(c, 1, kSign.size(), kSign.data()), nullptr));
  if (!atom || atom->atom == XCB_ATOM_NONE) return false;
  const auto cookie = xcb_get_property(c, 0, connection.root(), atom->atom, XCB_ATOM_WINDOW, 0, 1);
  const Owned<xcb_get_property_reply_t> property(xcb_get_property_reply(c, cookie, nullptr));
  return property && property->type == XCB_ATOM_WINDOW;
}

int num_pressed(const Connection& connection) {
  xcb_connection_t* c = connection.get();
  const auto keys_cookie = xcb_query_keymap(c);
  const auto pointer_cookie = xcb_query_pointer(c, connection.root());
  const Owned<xcb_query_keymap_reply_t> keys(xcb_query_keymap_reply(c, keys_cookie, nullptr));
  const Owned<xcb_query_pointer_reply_t> pointer(xcb_query_pointer_reply(c, pointer_cookie, nullptr));
  if (!keys || !pointer) {
    connection.check();
    fail(ErrorKind::kDevice, "X display {} does not tell what is pressed", connection.display());
  }
  constexpr unsigned kButtons = 0x1f00;  // the five buttons of a pointer's mask
  int count = std::popcount(pointer->mask & kButtons);
  for (const std::uint8_t byte : keys->keys) count += std::popcount(byte);
  return count;
}

}  // namespace atl::x11
