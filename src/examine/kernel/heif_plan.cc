#include "examine/kernel/heif_plan.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "examine/kernel/heif_boxes.h"

namespace crossguard::examine {
namespace {

constexpr size_t kFullHeader = 4;  // version and flags of a full box

// Numbers one after the other; once something is missing all further ones are 0 and it is not whole.
class Reader {
 public:
  explicit Reader(ByteView bytes) : left_(bytes) {}
  uint64_t Take(size_t length) {
    if (length > left_.size()) {
      whole_ = false;
      left_ = {};
      return 0;
    }
    const uint64_t value = BigEndian(left_, 0, length);
    left_ = left_.subspan(length);
    return value;
  }
  uint32_t Take32(size_t length) { return static_cast<uint32_t>(Take(length)); }
  ByteView TakeBytes(size_t length) {
    if (length > left_.size()) {
      whole_ = false;
      left_ = {};
      return {};
    }
    const ByteView out = left_.first(length);
    left_ = left_.subspan(length);
    return out;
  }
  bool whole() const { return whole_; }
  bool at_end() const { return left_.empty(); }

 private:
  ByteView left_;
  bool whole_ = true;
};

struct Property {
  std::string_view type;
  ByteView body;
};

struct Item {
  std::string_view type;
  ByteView data;
  std::vector<Property> properties;
};

// All that the boxes say of the items, or that it is odd somewhere.
class Items {
 public:
  bool Read(ByteView file) {
    const std::optional<ByteView> meta = OnlyBox(file, "meta");
    if (!meta || meta->size() < kFullHeader) return false;
    const ByteView inside = meta->subspan(kFullHeader);
    const std::optional<ByteView> primary = OnlyBox(inside, "pitm"), list = OnlyBox(inside, "iinf"),
                                  places = OnlyBox(inside, "iloc"), properties = OnlyBox(inside, "iprp");
    if (!primary || !list || !places || !properties || primary->empty()) return false;
    Reader reader(primary->subspan(std::min(kFullHeader, primary->size())));
    primary_ = reader.Take32((*primary)[0] == 0 ? 2 : 4);
    if (!reader.whole() || !ReadList(*list) || !ReadPlaces(file, FirstBox(inside, "idat"), *places)) return false;
    if (!ReadProperties(*properties)) return false;
    const std::optional<ByteView> references = OnlyBox(inside, "iref");
    return references ? ReadReferences(*references) : FirstBox(inside, "iref").empty();
  }

  const Item* Find(uint32_t id) const {
    const auto found = items_.find(id);
    return found == items_.end() ? nullptr : &found->second;
  }
  const Item* primary() const { return Find(primary_); }
  const std::vector<uint32_t>& made_of() const { return made_of_; }  // the primary one
  bool HasOthersBeside(uint32_t id) const { return with_others_.contains(id); }

 private:
  bool ReadList(ByteView list) {
    if (list.size() < kFullHeader + 4) return false;
    const size_t before = kFullHeader + (list[0] == 0 ? 2 : 4);
    bool fits = true;
    EachBox(list.subspan(before), [&](std::string_view type, ByteView body) {
      if (type != "infe" || body.size() < kFullHeader || body[0] < 2 || body[0] > 3) {
        fits = false;
        return;
      }
      Reader reader(body.subspan(kFullHeader));
      const uint32_t id = reader.Take32(body[0] == 2 ? 2 : 4);
      const bool is_open = reader.Take(2) == 0;
      const std::string_view item_type = AsText(reader.TakeBytes(4));
      fits = fits && is_open && reader.whole() && items_.emplace(id, Item{.type = item_type}).second;
    });
    return fits;
  }

  bool ReadPlaces(ByteView file, ByteView data_box, ByteView places) {
    if (places.size() < kFullHeader || places[0] > 2) return false;
    const uint8_t version = places[0];
    Reader reader(places.subspan(kFullHeader));
    const uint64_t sizes = reader.Take(2);
    const size_t offset_size = sizes >> 12, length_size = sizes >> 8 & 15, base_size = sizes >> 4 & 15;
    const size_t index_size = version == 0 ? 0 : sizes & 15;
    for (const size_t size : {offset_size, length_size, base_size, index_size}) {
      if (size != 0 && size != 4 && size != 8) return false;
    }
    const uint32_t count = reader.Take32(version == 2 ? 4 : 2);
    std::set<uint32_t> seen;
    for (uint32_t i = 0; i < count && reader.whole(); ++i) {
      const uint32_t id = reader.Take32(version == 2 ? 4 : 2);
      const uint64_t method = version == 0 ? 0 : reader.Take(2);
      const bool elsewhere = reader.Take(2) != 0;
      const uint64_t base = reader.Take(base_size);
      const uint32_t pieces = reader.Take32(2);
      ByteView data;
      for (uint32_t piece = 0; piece < pieces && reader.whole(); ++piece) {
        reader.Take(index_size);
        const uint64_t offset = reader.Take(offset_size), length = reader.Take(length_size);
        const ByteView from = method == 0 ? file : method == 1 ? data_box : ByteView();
        const bool fits =
            base <= from.size() && offset <= from.size() - base && length > 0 && length <= from.size() - base - offset;
        if (fits) data = from.subspan(static_cast<size_t>(base + offset), static_cast<size_t>(length));
      }
      if (!seen.insert(id).second) return false;
      // What is in several pieces or in another file has no data here; whether it is needed shows later.
      const auto item = items_.find(id);
      if (item != items_.end() && pieces == 1 && !elsewhere) item->second.data = data;
    }
    return reader.whole();
  }

  bool ReadProperties(ByteView properties) {
    const std::optional<ByteView> container = OnlyBox(properties, "ipco"), links = OnlyBox(properties, "ipma");
    if (!container || !links || links->size() < kFullHeader) return false;
    std::vector<Property> all;
    EachBox(*container, [&](std::string_view type, ByteView body) { all.push_back({type, body}); });
    const bool wide = ((*links)[3] & 1) != 0;
    const uint8_t version = (*links)[0];
    Reader reader(links->subspan(kFullHeader));
    const uint32_t count = reader.Take32(4);
    std::set<uint32_t> seen;
    for (uint32_t i = 0; i < count && reader.whole(); ++i) {
      const uint32_t id = reader.Take32(version == 0 ? 2 : 4);
      const uint32_t linked = reader.Take32(1);
      const auto item = items_.find(id);
      if (!seen.insert(id).second) return false;
      for (uint32_t k = 0; k < linked && reader.whole(); ++k) {
        const uint64_t index = reader.Take(wide ? 2 : 1) & (wide ? 0x7FFF : 0x7F);  // the highest bit: is essential
        if (index == 0 || index > all.size()) return false;
        if (item != items_.end()) item->second.properties.push_back(all[static_cast<size_t>(index) - 1]);
      }
    }
    return reader.whole();
  }

  bool ReadReferences(ByteView references) {
    if (references.size() < kFullHeader || references[0] > 1) return false;
    const size_t id_size = references[0] == 0 ? 2 : 4;
    bool fits = true;
    EachBox(references.subspan(kFullHeader), [&](std::string_view type, ByteView body) {
      Reader reader(body);
      const uint32_t from = reader.Take32(id_size);
      const uint32_t count = reader.Take32(2);
      for (uint32_t i = 0; i < count && reader.whole(); ++i) {
        const uint32_t to = reader.Take32(id_size);
        if (type == "dimg" && from == primary_) made_of_.push_back(to);
        if (type == "auxl") with_others_.insert(to);
      }
      if (type == "dimg" && from == primary_) fits = fits && std::exchange(no_list_yet_, false);
      fits = fits && reader.whole();
    });
    return fits;
  }

  uint32_t primary_ = 0;
  std::map<uint32_t, Item> items_;
  std::vector<uint32_t> made_of_;
  bool no_list_yet_ = true;
  std::set<uint32_t> with_others_;  // that an alpha plane, a depth map or the like belongs to
};

struct Traits {
  ByteView configuration;
  uint32_t width = 0, height = 0;
  std::optional<HeifPlan::Colours> colours;
  std::vector<HeifPlan::Turn> turns;
};

// False: something comes twice, or is a thing that changes the picture in a way that is not read here.
bool TakeProperty(const Property& property, Traits& out) {
  using Turn = HeifPlan::Turn;
  const ByteView body = property.body;
  if (property.type == "hvcC") {
    if (!out.configuration.empty()) return false;
    out.configuration = body;
    return true;
  }
  if (property.type == "ispe") {
    if (out.width != 0 || body.size() < kFullHeader + 8) return false;
    out.width = static_cast<uint32_t>(BigEndian(body, kFullHeader, 4));
    out.height = static_cast<uint32_t>(BigEndian(body, kFullHeader + 4, 4));
    return true;
  }
  if (property.type == "colr") {
    if (body.size() < 4 || AsText(body.first(4)) != "nclx") return true;
    if (out.colours || body.size() < 11) return false;
    out.colours = {.matrix = static_cast<uint16_t>(BigEndian(body, 8, 2)), .full_range = (body[10] & 0x80) != 0};
    return true;
  }
  if (property.type == "irot" || property.type == "imir") {
    if (body.empty()) return false;
    const bool quarters = property.type == "irot";
    out.turns.push_back({.kind = quarters ? Turn::Kind::kQuarters : Turn::Kind::kMirror,
                         .value = static_cast<uint8_t>(body[0] & (quarters ? 3 : 1))});
    return true;
  }
  constexpr std::array<std::string_view, 4> kOfNoMatter{"pixi", "pasp", "clli", "mdcv"};
  return std::ranges::find(kOfNoMatter, property.type) != kOfNoMatter.end();
}

std::optional<Traits> TraitsOf(const Item& item) {
  Traits out;
  for (const Property& property : item.properties) {
    if (!TakeProperty(property, out)) return std::nullopt;
  }
  return out;
}

bool AddTile(const Item& item, const Traits& traits, HeifPlan& out) {
  if (item.data.empty() || traits.configuration.empty() || traits.width == 0 || traits.height == 0) return false;
  out.tiles.push_back({.configuration = traits.configuration,
                       .data = item.data,
                       .width = traits.width,
                       .height = traits.height,
                       .colours = traits.colours});
  return true;
}

// ISO/IEC 23008-12, 6.6.2.3.
bool PlanGrid(const Items& items, ByteView description, HeifPlan& out) {
  if (description.size() < 4 || description[0] != 0) return false;
  const size_t side_size = (description[1] & 1) != 0 ? 4 : 2;
  Reader reader(description.subspan(2));
  out.grid = true;
  out.rows = reader.Take32(1) + 1;
  out.columns = reader.Take32(1) + 1;
  const uint32_t width = reader.Take32(side_size), height = reader.Take32(side_size);
  if (!reader.whole() || !reader.at_end() || width != out.width || height != out.height) return false;
  if (items.made_of().size() != size_t{out.rows} * out.columns) return false;
  for (const uint32_t id : items.made_of()) {
    const Item* const tile = items.Find(id);
    if (tile == nullptr || tile->type != "hvc1" || items.HasOthersBeside(id)) return false;
    const std::optional<Traits> traits = TraitsOf(*tile);
    if (!traits || !traits->turns.empty() || !AddTile(*tile, *traits, out)) return false;
  }
  return true;
}

}  // namespace

std::optional<HeifPlan> PlanHeif(ByteView file) {
  Items items;
  if (!items.Read(file) || items.primary() == nullptr) return std::nullopt;
  const Item& primary = *items.primary();
  const std::optional<Traits> traits = TraitsOf(primary);
  if (!traits || traits->width == 0 || traits->height == 0) return std::nullopt;
  HeifPlan out;
  out.width = traits->width;
  out.height = traits->height;
  out.turns = traits->turns;
  const bool read = primary.type == "grid" ? PlanGrid(items, primary.data, out)
                                           : primary.type == "hvc1" && AddTile(primary, *traits, out);
  return read ? std::optional(std::move(out)) : std::nullopt;
}

Bytes UnitsOf(const HeifPlan::Tile& tile) {
  constexpr size_t kBefore = 21;  // bytes of the configuration before the size of a length
  Bytes out;
  if (tile.configuration.size() <= kBefore + 1 || (tile.configuration[kBefore] & 3) != 3) return {};
  Reader reader(tile.configuration.subspan(kBefore + 1));
  const uint32_t lists = reader.Take32(1);
  for (uint32_t i = 0; i < lists && reader.whole(); ++i) {
    reader.Take(1);
    const uint32_t count = reader.Take32(2);
    for (uint32_t k = 0; k < count && reader.whole(); ++k) {
      const uint32_t length = reader.Take32(2);
      const ByteView unit = reader.TakeBytes(length);
      for (const uint32_t shift : {24U, 16U, 8U, 0U}) out.push_back(static_cast<uint8_t>(length >> shift));
      out.insert(out.end(), unit.begin(), unit.end());
    }
  }
  if (!reader.whole()) return {};
  out.insert(out.end(), tile.data.begin(), tile.data.end());
  return out;
}

}  // namespace crossguard::examine
