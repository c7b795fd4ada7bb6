#include "envs/playhouse/phrase_book.h"

namespace atl::envs::playhouse {
namespace {

constexpr std::array<VerbRow, kNumVerbs> kVerbs{{
    // ---- look at
    {Verb::kLookAt,
     "look at {object} | face {object} | turn to {object} | turn towards {object} | look towards {object} | "
     "turn and look at {object} | watch {object} | turn until you see {object} | point the view at {object} | "
     "aim at {object}",
     "turn and face {object} | aim towards {object} | look to {object} | turn until you face {object}"},
    {Verb::kTurnLeft, "turn left | turn to the left | turn to your left | look left | look to the left | rotate left",
     "look to your left | rotate to the left"},
    {Verb::kTurnRight,
     "turn right | turn to the right | turn to your right | look right | look to the right | rotate right",
     "look to your right | rotate to the right"},

    // ---- go to
    {Verb::kGoTo,
     "go to {object} | walk to {object} | walk over to {object} | move to {object} | head to {object} | "
     "approach {object} | go up to {object} | go over to {object} | go and stand by {object} | get close to {object} | "
     "walk until you are close to {object}",
     "head over to {object} | move up to {object} | walk up to {object} | go and stand close to {object}"},
    {Verb::kWalkForward,
     "walk forward | go forward | move forward | walk straight ahead | go straight ahead | take a few steps forward",
     "move straight ahead | go a few steps forward"},
    {Verb::kWalkBack, "walk back | walk backwards | go backwards | move back | step back | take a few steps back",
     "move backwards | go a few steps back"},
    {Verb::kJump, "jump | jump up | jump once | jump into the air | make a jump",
     "jump up once | jump up into the air"},

    // ---- rooms
    {Verb::kEnter,
     "go to {room} | go into {room} | enter {room} | walk to {room} | walk into {room} | head to {room} | "
     "move to {room} | go over to {room} | go and stand in {room} | get into {room}",
     "head into {room} | move into {room} | walk over to {room}"},
    {Verb::kFind,
     "find {object} in {room} | look for {object} in {room} | search {room} for {object} | "
     "go to {room} and find {object} | go to {room} and look for {object} | find {object} that is in {room}",
     "search for {object} in {room} | go into {room} and find {object} | look in {room} for {object}"},

    // ---- pick up
    {Verb::kPickUp,
     "pick up {object} | pick {object} up | grab {object} | take {object} | get {object} | go and get {object} | "
     "go and pick up {object} | fetch {object} | take hold of {object} | grab hold of {object}",
     "go and grab {object} | go and take {object} | get hold of {object} | go and fetch {object}"},

    // ---- drop: what is held, whatever it is, or a thing by name
    {Verb::kDrop,
     "drop it | put it down | let it go | let go of it | drop what you are holding | put down what you are holding | "
     "drop {object} | put down {object} | put {object} down | let go of {object} | "
     "let {object} go",
     "let go of what you are holding | set it down | set down {object} | set {object} down"},

    // ---- put
    {Verb::kPut,
     "put {object} {relation} {place} | place {object} {relation} {place} | set {object} {relation} {place} | "
     "move {object} {relation} {place} | lay {object} {relation} {place} | drop {object} {relation} {place} | "
     "put down {object} {relation} {place} | go and put {object} {relation} {place}",
     "go and place {object} {relation} {place} | set down {object} {relation} {place} | "
     "go and lay {object} {relation} {place}"},

    // ---- open
    {Verb::kOpen, "open {object} | open up {object} | go and open {object} | pull {object} open | get {object} open",
     "go and open up {object} | go and pull {object} open"},
    {Verb::kClose, "close {object} | shut {object} | go and close {object} | push {object} shut | pull {object} shut",
     "go and shut {object} | get {object} shut"},

    // ---- switch
    {Verb::kTurnOn,
     "turn on {object} | turn {object} on | switch on {object} | switch {object} on | go and turn on {object} | "
     "turn on {light} | switch on {light}",
     "go and switch on {object} | go and turn {object} on"},
    {Verb::kTurnOff,
     "turn off {object} | turn {object} off | switch off {object} | switch {object} off | go and turn off {object} | "
     "turn off {light} | switch off {light}",
     "go and switch off {object} | go and turn {object} off"},
    {Verb::kPress,
     "press {object} | push {object} | tap {object} | hit {object} | press down on {object} | go and press {object}",
     "push down on {object} | go and push {object}"},

    // ---- push
    {Verb::kPush,
     "push {object} to {place} | shove {object} to {place} | slide {object} to {place} | "
     "push {object} over to {place} | push {object} up to {place} | push {object} against {place} | "
     "push {object} until it is next to {place} | push {object} to {place} without picking it up",
     "slide {object} over to {place} | shove {object} up to {place} | slide {object} until it is next to {place}"},

    // ---- build
    {Verb::kStack,
     "stack {object} on {place} | stack {object} on top of {place} | put {object} on {place} | "
     "put {object} on top of {place} | place {object} on {place} | pile {object} on {place}",
     "pile {object} on top of {place} | place {object} on top of {place}"},
    {Verb::kBuild,
     "build a {structure} of {blocks} | make a {structure} of {blocks} | build a {structure} from {blocks} | "
     "build a {structure} out of {blocks} | make {blocks} into a {structure} | use {blocks} to build a {structure} | "
     "take {blocks} and build a {structure} | with {blocks}, build a {structure}",
     "make a {structure} out of {blocks} | use {blocks} to make a {structure} | take {blocks} and make a {structure}"},

    // ---- menu
    {Verb::kOpenMenu, "open the menu | go to the menu | show the menu | bring up the menu | call up the menu",
     "open up the menu"},
    {Verb::kCloseMenu, "close the menu | leave the menu | exit the menu | get out of the menu | shut the menu",
     "go out of the menu"},
    {Verb::kOpenBag, "open {bag} | look into {bag} | show what is in {bag} | see what is in {bag} | check {bag}",
     "look at what is in {bag}"},
    {Verb::kCloseBag, "close {bag} | shut {bag} | put {bag} away | put away {bag} | leave {bag}", "close up {bag}"},
    {Verb::kStore,
     "put {object} in {bag} | put {object} into {bag} | store {object} in {bag} | stow {object} in {bag} | "
     "put {object} away in {bag} | pack {object} into {bag}",
     "pack {object} in {bag} | stow {object} away in {bag}"},
    {Verb::kTakeOut,
     "take {object} out of {bag} | get {object} out of {bag} | pull {object} out of {bag} | take {object} from {bag} | "
     "get {object} from {bag} | bring {object} out of {bag}",
     "pull {object} from {bag} | go and get {object} out of {bag}"},
    {Verb::kSetting,
     "turn {switch} {setting} | turn {setting} {switch} | switch {switch} {setting} | switch {setting} {switch} | "
     "turn {setting} {switch} in the menu | use the menu to turn {switch} {setting}",
     "switch {setting} {switch} in the menu | use the menu to switch {switch} {setting}"},

    // ---- for two players
    {Verb::kGive,
     "give {object} to {friend} | hand {object} to {friend} | bring {object} to {friend} | pass {object} to {friend} | "
     "take {object} to your friend | give {friend} {object} | hand {friend} {object} | bring {friend} {object} | "
     "hand {object} over to {friend} | carry {object} over to {friend}",
     "pass {friend} {object} | carry {object} to {friend} | bring {object} over to {friend}"},
    {Verb::kBothStand,
     "both stand on the plates | both stand on plates | stand on the plates together | "
     "both of you stand on a plate | each stand on a plate | both get onto the plates",
     "get onto the plates together | each get onto a plate"},
    {Verb::kHoldOpen,
     "hold the door open for {friend} | keep the door open for {friend} | "
     "hold the door open while your friend goes through | keep the door open until your friend is through | "
     "hold the door open so that your friend can go through",
     "keep the door open while your friend goes through | hold the door open until your friend is through"},

    // ---- go back
    {Verb::kGoBack,
     "go back to where you started | walk back to where you started | return to where you started | "
     "go back to where you began | return to where you began | go back to your starting place | "
     "walk back to your starting point | head back to your starting place | "
     "come back to the place where you started | move back to where you started",
     "walk back to where you began | return to your starting point | come back to your starting place | "
     "go back to the place where you began"},
}};

constexpr std::array<NounRow, 24> kNouns{{
    {AnyThing{}, "thing/things | object/objects | item/items | toy/toys"},
    {Shape::kBall, "ball/balls | sphere/spheres"},
    {Shape::kCube, "cube/cubes"},
    {Shape::kCylinder, "cylinder/cylinders | barrel/barrels"},
    {Shape::kCone, "cone/cones"},
    {Shape::kDuck, "duck/ducks | rubber duck/rubber ducks"},
    {Shape::kMug, "mug/mugs | cup/cups"},
    {Shape::kBook, "book/books"},
    {Shape::kKey, "key/keys"},
    {Shape::kTeddy, "teddy/teddies | teddy bear/teddy bears | bear/bears"},
    {Shape::kBlock, "block/blocks | brick/bricks | building block/building blocks"},
    {FixtureKind::kDoor, "door/doors"},
    {FixtureKind::kTable, "table/tables"},
    {FixtureKind::kShelf, "shelf/shelves | bookshelf/bookshelves"},
    {FixtureKind::kBed, "bed/beds"},
    {FixtureKind::kBox, "box/boxes | crate/crates | chest/chests"},
    {FixtureKind::kBasket, "basket/baskets"},
    {FixtureKind::kLamp, "lamp/lamps | floor lamp/floor lamps"},
    {FixtureKind::kSwitch, "light switch/light switches | switch/switches"},
    {FixtureKind::kTv, "tv/tvs | television/televisions"},
    {FixtureKind::kPlant, "plant/plants | potted plant/potted plants"},
    {FixtureKind::kButton, "button/buttons"},
    {FixtureKind::kPlate, "plate/plates | floor plate/floor plates"},
    {OtherPlayer{}, "your friend | the other player | your partner | me"},
}};
constexpr std::string_view kLight = "light/lights | ceiling light/ceiling lights";
constexpr std::string_view kBag = "your bag | the bag | your backpack";

constexpr std::array<JointRow, 3> kJoints{{
    {Joint::kThen,
     "{first}, then {second} | {first} and then {second} | first {first}, then {second} | {first}, after that "
     "{second}"},
    {Joint::kAfter,
     "{first} after you {second} | after you {second}, {first} | {second} before you {first} | "
     "before you {first}, {second}"},
    {Joint::kAnd, "{first} and {second} | {first} and also {second} | {first} and {second}, in any order"},
}};

constexpr std::array<std::string_view, 2> kSizes{"small | little", "big | large"};
constexpr std::array<std::string_view, 6> kRooms{"kitchen",        "bedroom",       "bathroom", "living room | lounge",
                                                 "study | office", "hall | hallway"};
constexpr std::array<std::string_view, 6> kRelations{"on | on top of | onto",
                                                     "in | into | inside",
                                                     "next to | beside",
                                                     "behind",
                                                     "to the left of | left of | on the left of",
                                                     "to the right of | right of | on the right of"};
constexpr std::array<std::string_view, 9> kLocations{"",
                                                     "on your left | to your left",
                                                     "on your right | to your right",
                                                     "in front of you | ahead of you",
                                                     "behind you",
                                                     "in",
                                                     "on",
                                                     "in | inside",
                                                     "you saw first | that you saw first | you first saw | "
                                                     "that came into view first | you saw before the other one"};
constexpr std::array<std::string_view, 4> kStructures{"tower", "row | line", "wall", "square"};
constexpr std::array<std::string_view, 3> kSettings{"the music | music", "the hints | hints", "night mode | dark mode"};

}  // namespace

std::span<const VerbRow> verb_rows() { return kVerbs; }
std::span<const NounRow> noun_rows() { return kNouns; }
std::string_view light_words() { return kLight; }
std::span<const JointRow> joint_rows() { return kJoints; }
std::span<const std::string_view> size_rows() { return kSizes; }
std::span<const std::string_view> room_rows() { return kRooms; }
std::span<const std::string_view> relation_rows() { return kRelations; }
std::span<const std::string_view> location_rows() { return kLocations; }
std::span<const std::string_view> structure_rows() { return kStructures; }
std::span<const std::string_view> setting_rows() { return kSettings; }
std::string_view bag_words() { return kBag; }

}  // namespace atl::envs::playhouse
