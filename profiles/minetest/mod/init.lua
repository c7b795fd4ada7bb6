-- Prepares the start of each episode and tells what happens in it, one JSON object a line, in atoll.jsonl of the world.
--
-- Asked by atoll_request.json of the world: {"episode", "seed", "task", "target", "scene", "count"}. Answers with
-- {"event": "ready", "episode", "objects": [{"name", "x", "y", "z"}], "hotbar": [names]}. From then on each server step
-- gives {"event": "state", ...}, and digging, placing, crafting, picking up and jumping an event each. Positions are in
-- nodes, x east, y up, z north; yaw and pitch in degrees, yaw 0 is north and grows to the left, pitch grows downwards.
-- The player is moved only between episodes; in them whoever plays has keys and mouse alone.

local world = minetest.get_worldpath()
local request_path = world .. "/atoll_request.json"
local out = assert(io.open(world .. "/atoll.jsonl", "a"))

local FLOOR = 0        -- y of the ground's nodes
local HALF = 16        -- nodes from the middle to the fence
local SETTLE_S = 0.5   -- until the client has seen the new scene
local NEAR = 1.9       -- nodes from an object's middle that count as being there
local SEEN = 24        -- nodes that a look reaches

local BLOCKS = {"default:dirt", "default:sand", "default:wood", "default:leaves", "default:gravel", "default:clay",
                "wool:red", "wool:blue", "wool:yellow"}
local ITEMS = {"default:apple", "default:stick", "default:coal_lump", "default:diamond", "default:book"}
local HOTBAR = {"default:torch", "default:cobble", "default:glass", "default:brick", "wool:white", "wool:green",
                "default:ladder_wood", "default:bookshelf"}

local episode = 0       -- the one that is played; 0: none yet
local pending = nil     -- {request, ready_at}: prepared, and the client is given time
local objects = {}      -- of the scene
local clock = 0
local was = {}          -- of the last step: y, on_ground, wielded item

local function tell(line)
  line.episode = episode
  line.t = clock
  out:write(minetest.write_json(line), "\n")
  out:flush()
end

local function round(value)
  return math.floor(value * 1000 + 0.5) / 1000
end

-- Shuffles a copy of `list` by the generator of the scene.
local function shuffled(list, random)
  local copy = table.copy(list)
  for i = #copy, 2, -1 do
    local j = random:next(1, i)
    copy[i], copy[j] = copy[j], copy[i]
  end
  return copy
end

local function has(list, name)
  return table.indexof(list, name) > 0
end

-- The arena: grass, a fence of stone, and air above.
local function build_arena()
  local low = {x = -HALF - 1, y = FLOOR - 2, z = -HALF - 1}
  local high = {x = HALF + 1, y = FLOOR + 12, z = HALF + 1}
  local manip = minetest.get_voxel_manip()
  local from, to = manip:read_from_map(low, high)
  local area = VoxelArea:new({MinEdge = from, MaxEdge = to})
  local data = manip:get_data()
  local air, grass, dirt, stone = minetest.get_content_id("air"), minetest.get_content_id("default:dirt_with_grass"),
                                  minetest.get_content_id("default:dirt"), minetest.get_content_id("default:stonebrick")
  for z = low.z, high.z do
    for y = low.y, high.y do
      for x = low.x, high.x do
        local content = air
        if y < FLOOR then content = dirt elseif y == FLOOR then content = grass end
        local on_edge = math.max(math.abs(x), math.abs(z)) > HALF
        if on_edge and y > FLOOR and y <= FLOOR + 2 then content = stone end
        data[area:index(x, y, z)] = content
      end
    end
  end
  manip:set_data(data)
  manip:write_to_map(true)
end

local function clear_scene()
  for _, object in ipairs(minetest.get_objects_inside_radius({x = 0, y = FLOOR, z = 0}, 4 * HALF)) do
    if not object:is_player() then object:remove() end
  end
  build_arena()
end

-- Places around the player, each in a direction of its own, so that the straight way to each is free.
local function places(count, random)
  local first = random:next(0, 359)
  local found = {}
  for i = 1, count do
    local angle = math.rad(first + (i - 1) * 360 / count + random:next(-12, 12))
    local far = random:next(450, 1000) / 100
    found[i] = {x = math.floor(-math.sin(angle) * far + 0.5), y = FLOOR + 1, z = math.floor(math.cos(angle) * far + 0.5)}
  end
  return found
end

-- What stands around: the target first, where it is a thing of the scene, then others.
local function names_for(request, random)
  local kind = has(ITEMS, request.target) and ITEMS or BLOCKS
  local names = {}
  if has(kind, request.target) then names[1] = request.target end
  for _, name in ipairs(shuffled(kind, random)) do
    if #names < 5 and name ~= request.target then names[#names + 1] = name end
  end
  return shuffled(names, random)
end

local function fill_hotbar(player, request, random)
  local inventory = player:get_inventory()
  inventory:set_list("main", {})
  inventory:set_list("craft", {})
  local names = shuffled(HOTBAR, random)
  for slot, name in ipairs(names) do inventory:set_stack("main", slot, ItemStack(name .. " 20")) end
  if request.scene == "craft" then inventory:set_stack("main", 9, ItemStack("default:tree 5")) end
  return names
end

local function prepare(player, request)
  local random = PcgRandom(request.seed % 2147483647 + 1, request.seed % 65521)
  clear_scene()
  objects = {}
  local names = names_for(request, random)
  for i, place in ipairs(places(#names, random)) do
    if has(ITEMS, names[i]) then
      local item = minetest.add_item(place, names[i])
      item:set_velocity({x = 0, y = 0, z = 0})
    else
      minetest.set_node(place, {name = names[i]})
    end
    objects[i] = {name = names[i], x = place.x, y = place.y, z = place.z}
  end
  local hotbar = fill_hotbar(player, request, random)
  player:set_pos({x = random:next(-100, 100) / 100, y = FLOOR + 0.5, z = random:next(-100, 100) / 100})
  player:set_look_horizontal(math.rad(random:next(0, 359)))
  player:set_look_vertical(0)
  player:set_hp(20)
  minetest.set_timeofday(0.5)
  return hotbar
end

local function read_request()
  local file = io.open(request_path, "r")
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  local request = minetest.parse_json(text)
  if type(request) ~= "table" or request.episode == episode then return nil end
  return request
end

-- Which node the middle of the picture shows, and where.
local function looked_at(player)
  local eye = player:get_pos()
  eye.y = eye.y + player:get_properties().eye_height
  local to = vector.add(eye, vector.multiply(player:get_look_dir(), SEEN))
  for thing in minetest.raycast(eye, to, true, false) do
    if thing.type == "node" then
      return minetest.get_node(thing.under).name, thing.under, vector.distance(eye, thing.intersection_point)
    elseif thing.type == "object" and not thing.ref:is_player() then
      local entity = thing.ref:get_luaentity()
      if entity and entity.itemstring then
        return ItemStack(entity.itemstring):get_name(), thing.ref:get_pos(), vector.distance(eye, thing.intersection_point)
      end
    end
  end
  return "", nil, 0
end

local function nearest(position)
  local name, best = "", NEAR
  for _, object in ipairs(objects) do
    local far = math.hypot(position.x - object.x, position.z - object.z)
    if far < best then name, best = object.name, far end
  end
  return name
end

local function tell_state(player)
  local position, speed = player:get_pos(), player:get_velocity()
  local name, at, far = looked_at(player)
  local line = {
    event = "state", x = round(position.x), y = round(position.y), z = round(position.z),
    yaw = round(math.deg(player:get_look_horizontal())), pitch = round(math.deg(player:get_look_vertical())),
    speed = round(math.hypot(speed.x, speed.z)), wield = player:get_wielded_item():get_name(), slot = player:get_wield_index(),
    looking = name, looking_far = round(far), near = nearest(position),
  }
  if at then line.looking_x, line.looking_y, line.looking_z = round(at.x), round(at.y), round(at.z) end
  tell(line)
  if was.y and position.y - was.y > 0.05 and speed.y > 3 and not was.rising then tell({event = "jump"}) end
  was.rising = speed.y > 1
  was.y = position.y
  if was.wield ~= line.wield then tell({event = "wield", item = line.wield}) end
  was.wield = line.wield
end

minetest.register_globalstep(function(passed)
  clock = clock + passed
  local player = minetest.get_connected_players()[1]
  if not player then return end
  if pending then
    if clock < pending.ready_at then return end
    episode = pending.request.episode
    was = {y = player:get_pos().y, wield = player:get_wielded_item():get_name()}
    tell({event = "ready", objects = objects, hotbar = pending.hotbar})
    pending = nil
  end
  local request = read_request()
  if request then
    pending = {request = request, ready_at = clock + SETTLE_S, hotbar = prepare(player, request)}
  elseif episode > 0 then
    tell_state(player)
  end
end)

minetest.register_on_joinplayer(function(player)
  build_arena()
  player:set_pos({x = 0, y = FLOOR + 0.5, z = 0})
  minetest.set_timeofday(0.5)
  tell({event = "joined"})
end)

local function place_of(position)
  return {x = position.x, y = position.y, z = position.z}
end

minetest.register_on_dignode(function(position, node, player)
  if player then tell({event = "dig", node = node.name, at = place_of(position)}) end
end)

minetest.register_on_placenode(function(position, node, player)
  if player and player:is_player() then tell({event = "place", node = node.name, at = place_of(position)}) end
end)

minetest.register_on_craft(function(stack)
  tell({event = "craft", item = stack:get_name(), count = stack:get_count()})
end)

minetest.register_on_mods_loaded(function()
  local item = minetest.registered_entities["__builtin:item"]
  local punched = item.on_punch
  item.on_punch = function(self, puncher, ...)
    local stack = ItemStack(self.itemstring)
    if puncher and puncher:is_player() then tell({event = "pickup", item = stack:get_name(), count = stack:get_count()}) end
    return punched(self, puncher, ...)
  end
end)
