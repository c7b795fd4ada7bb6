#include "tests/display/person.h"

#include "core/error.h"
#include "x11/connection.h"

#include <linux/input-event-codes.h>
#include <xcb/xcb.h>
#include <xcb/xinput.h>
#include <xcb/xtest.h>

#include <cstring>

namespace atl::tests {

using x11::Owned;

struct Person::State {
  explicit State(const std::string& display) : connection(display), c(connection.get()) {}
  void add_master();
  std::uint16_t find_master();
  void fake(std::uint8_t type, std::uint8_t detail, int x = 0, int y = 0);

  x11::Connection connection;
  xcb_connection_t* c;
};

void Person::State::add_master() {
  struct {
    xcb_input_add_master_t head;
    char name[8];
  } change{};
  change.head.type = XCB_INPUT_HIERARCHY_CHANGE_TYPE_ADD_MASTER;
  change.head.len = sizeof change / 4;
  change.head.name_len = 6;
  change.head.send_core = 1;
  change.head.enable = 1;
  std::memcpy(change.name, "person", 6);
  const auto cookie =
      xcb_input_xi_change_hierarchy_checked(c, 1, reinterpret_cast<xcb_input_hierarchy_change_t*>(&change));
  const Owned<xcb_generic_error_t> error(xcb_request_check(c, cookie));
  ATOLL_CHECK(!error, "X error {} on adding a master device", error->error_code);
}

std::uint16_t Person::State::find_master() {
  const Owned<xcb_input_xi_query_device_reply_t> reply(
      xcb_input_xi_query_device_reply(c, xcb_input_xi_query_device(c, XCB_INPUT_DEVICE_ALL_MASTER), nullptr));
  std::uint16_t found = 0;
  for (auto info = xcb_input_xi_query_device_infos_iterator(reply.get()); info.rem > 0;
       xcb_input_xi_device_info_next(&info)) {
    const std::string name(xcb_input_xi_device_info_name(info.data), info.data->name_len);
    if (name.starts_with("person") && info.data->type == XCB_INPUT_DEVICE_TYPE_MASTER_POINTER) {
      found = info.data->deviceid;
    }
  }
  ATOLL_CHECK(found != 0, "no master pointer of a person");
  return found;
}

void Person::State::fake(std::uint8_t type, std::uint8_t detail, int x, int y) {
  xcb_test_fake_input(c, type, detail, XCB_CURRENT_TIME, XCB_NONE, static_cast<std::int16_t>(x),
                      static_cast<std::int16_t>(y), 0);
}

Person::Person(const std::string& display) : state_(std::make_unique<State>(display)) {
  xcb_connection_t* c = state_->c;
  const Owned<xcb_input_xi_query_version_reply_t> version(
      xcb_input_xi_query_version_reply(c, xcb_input_xi_query_version(c, 2, 2), nullptr));
  state_->add_master();
  // What this connection fakes goes through the devices of its own pointer.
  xcb_input_xi_set_client_pointer(c, XCB_NONE, state_->find_master());
  state_->connection.sync();
}

Person::~Person() = default;

namespace {

std::uint8_t button_number(Control control) {
  switch (info_of(control).evdev_code) {
    case BTN_LEFT: return 1;
    case BTN_MIDDLE: return 2;
    case BTN_RIGHT: return 3;
    case BTN_SIDE: return 8;
    default: return 9;
  }
}

}  // namespace

void Person::press(Control control) {
  if (is_button(control)) {
    state_->fake(XCB_BUTTON_PRESS, button_number(control));
  } else {
    state_->fake(XCB_KEY_PRESS, static_cast<std::uint8_t>(info_of(control).evdev_code + 8));
  }
  state_->connection.sync();
}

void Person::release(Control control) {
  if (is_button(control)) {
    state_->fake(XCB_BUTTON_RELEASE, button_number(control));
  } else {
    state_->fake(XCB_KEY_RELEASE, static_cast<std::uint8_t>(info_of(control).evdev_code + 8));
  }
  state_->connection.sync();
}

void Person::move(int dx, int dy) {
  state_->fake(XCB_MOTION_NOTIFY, 1, dx, dy);
  state_->connection.sync();
}

void Person::wheel(int detents) {
  const std::uint8_t button = detents > 0 ? 4 : 5;
  for (int i = 0; i < std::abs(detents); ++i) {
    state_->fake(XCB_BUTTON_PRESS, button);
    state_->fake(XCB_BUTTON_RELEASE, button);
  }
  state_->connection.sync();
}

}  // namespace atl::tests
