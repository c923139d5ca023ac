#include "examine/kernel/testing_heif.h"

#include <algorithm>

#include "base/error.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

namespace crossguard::examine::testing {
namespace {

void Put(Bytes& out, uint64_t value, size_t length) {
  for (size_t i = length; i-- > 0;)
    out.push_back(i < sizeof value ? static_cast<uint8_t>(value >> (8 * i)) : uint8_t{0});
}
void Put(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}
void Put(Bytes& out, std::string_view text) {
  Put(out, AsBytes(text));
}
Bytes Box(std::string_view type, const Bytes& body) {
  Bytes out;
  Put(out, body.size() + 8, 4);
  Put(out, type);
  Put(out, body);
  return out;
}

// The part of the picture that begins there; behind its border the border goes on.
void FillFrame(const drawing::Picture& picture, uint32_t left, uint32_t top, AVFrame* frame) {
  const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame->format));
  const bool rgb = (format.flags & AV_PIX_FMT_FLAG_RGB) != 0;
  const int depth = format.comp[0].depth;
  const auto put = [&](int plane, int x, int y, double value) {
    const int most = (1 << depth) - 1;
    const int sample = std::clamp(static_cast<int>(value / 255 * most + 0.5), 0, most);
    uint8_t* const at = frame->data[plane] + static_cast<ptrdiff_t>(y) * frame->linesize[plane];
    if (depth == 8) {
      at[x] = static_cast<uint8_t>(sample);
    } else {
      at[2 * x] = static_cast<uint8_t>(sample);
      at[2 * x + 1] = static_cast<uint8_t>(sample >> 8);
    }
  };
  for (int y = 0; y < frame->height; ++y) {
    for (int x = 0; x < frame->width; ++x) {
      const size_t from_x = std::min(left + static_cast<uint32_t>(x), picture.width - 1);
      const size_t from_y = std::min(top + static_cast<uint32_t>(y), picture.height - 1);
      const uint8_t* const pixel = &picture.rgb[(from_y * picture.width + from_x) * 3];
      const double luma = 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
      put(0, x, y, rgb ? pixel[1] : luma);
      if (format.nb_components == 1) continue;
      if (x % (1 << format.log2_chroma_w) != 0 || y % (1 << format.log2_chroma_h) != 0) continue;
      const int cx = x >> format.log2_chroma_w, cy = y >> format.log2_chroma_h;
      put(1, cx, cy, rgb ? pixel[2] : 127.5 + (pixel[2] - luma) / 1.772);
      put(2, cx, cy, rgb ? pixel[0] : 127.5 + (pixel[0] - luma) / 1.402);
    }
  }
}

// Units without the codes between them.
std::vector<Bytes> Encode(const drawing::Picture& picture, uint32_t left, uint32_t top, uint32_t width, uint32_t height,
                          const HeicForm& form, const std::string& samples) {
  const AVCodec* const encoder = avcodec_find_encoder_by_name("libx265");
  CHECK(encoder != nullptr);
  AVCodecContext* codec = avcodec_alloc_context3(encoder);
  codec->width = static_cast<int>(width);
  codec->height = static_cast<int>(height);
  codec->pix_fmt = av_get_pix_fmt(samples.c_str());
  codec->time_base = {1, 1};
  codec->thread_count = 1;
  codec->flags |= AV_CODEC_FLAG_BITEXACT;
  if (form.in_stream) {
    codec->color_range = form.in_stream->full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    codec->colorspace = static_cast<AVColorSpace>(form.in_stream->matrix);
    codec->color_primaries = AVCOL_PRI_BT709;
    codec->color_trc = AVCOL_TRC_BT709;
  }
  // Without a thread of its own the encoder destroys its memory if there are slices.
  std::string parameters = "log-level=none:frame-threads=1:keyint=1:repeat-headers=1:info=0:pools=";
  parameters += form.slices > 1 ? "1:slices=" + std::to_string(form.slices) : "none";
  AVDictionary* options = nullptr;
  av_dict_set(&options, "crf", std::to_string(form.quality).c_str(), 0);
  av_dict_set(&options, "preset", "ultrafast", 0);
  av_dict_set(&options, "x265-params", parameters.c_str(), 0);
  CHECK(avcodec_open2(codec, encoder, &options) >= 0);
  av_dict_free(&options);
  AVFrame* frame = av_frame_alloc();
  frame->format = codec->pix_fmt;
  frame->width = codec->width;
  frame->height = codec->height;
  CHECK(av_frame_get_buffer(frame, 0) >= 0);
  FillFrame(picture, left, top, frame);
  frame->pts = 0;
  AVPacket* packet = av_packet_alloc();
  CHECK(avcodec_send_frame(codec, frame) >= 0 && avcodec_send_frame(codec, nullptr) >= 0);
  CHECK(avcodec_receive_packet(codec, packet) >= 0);
  const ByteView stream(packet->data, static_cast<size_t>(packet->size));
  std::vector<Bytes> units;
  for (size_t at = 0; at + 3 <= stream.size(); ++at) {
    if (stream[at] == 0 && stream[at + 1] == 0 && stream[at + 2] == 1) {
      while (!units.empty() && !units.back().empty() && units.back().back() == 0) units.back().pop_back();
      units.emplace_back();
      at += 2;
    } else if (!units.empty()) {
      units.back().push_back(stream[at]);
    }
  }
  if (!units.empty()) Put(units.back(), stream.last(2));
  av_packet_free(&packet);
  av_frame_free(&frame);
  avcodec_free_context(&codec);
  return units;
}

struct Coded {
  Bytes configuration, data;
};

Coded Pack(std::vector<Bytes> units, const HeicForm& form, const std::string& samples) {
  if (form.damage != nullptr) form.damage(units);
  const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(av_get_pix_fmt(samples.c_str()));
  const auto depth = static_cast<uint64_t>(format.comp[0].depth - 8);
  const int halved = format.log2_chroma_w + format.log2_chroma_h;
  const uint64_t chroma = format.nb_components == 1 ? 0 : static_cast<uint64_t>(3 - halved);
  Coded out;
  Put(out.configuration, 0x0103, 2);
  Put(out.configuration, 0x70000000, 4);
  Put(out.configuration, 0, 6);
  Put(out.configuration, 0x1E, 1);
  Put(out.configuration, 0xF000FC, 3);
  Put(out.configuration, 0xFC | chroma, 1);
  Put(out.configuration, 0xF8 | depth, 1);
  Put(out.configuration, 0xF8 | depth, 1);
  Put(out.configuration, 0, 2);
  Put(out.configuration, 0x0F, 1);
  const auto is_set = [](const Bytes& unit) { return !unit.empty() && unit[0] >> 1 >= 32 && unit[0] >> 1 <= 34; };
  Put(out.configuration, static_cast<uint64_t>(std::ranges::count_if(units, is_set)), 1);
  for (const Bytes& unit : units) {
    if (is_set(unit)) {
      Put(out.configuration, 0x80U | unit[0] >> 1, 1);
      Put(out.configuration, 1, 2);
      Put(out.configuration, unit.size(), 2);
      Put(out.configuration, unit);
    } else {
      Put(out.data, unit.size(), 4);
      Put(out.data, unit);
    }
  }
  return out;
}

Bytes SizeBox(uint32_t width, uint32_t height) {
  Bytes out;
  Put(out, 0, 4);
  Put(out, width, 4);
  Put(out, height, 4);
  return Box("ispe", out);
}
Bytes ColoursBox(const HeicColours& colours) {
  Bytes out;
  Put(out, "nclx");
  Put(out, 1, 2);
  Put(out, 1, 2);
  Put(out, static_cast<uint64_t>(colours.matrix), 2);
  Put(out, colours.full_range ? 0x80 : 0, 1);
  return Box("colr", out);
}

struct Item {
  std::string type;
  std::vector<Bytes> properties;  // whole boxes
  Bytes data;
};

struct Reference {
  std::string type;
  size_t from = 0;
  std::vector<size_t> to;
};

// Items are numbered from 1.
struct Layout {
  std::vector<Item> items;
  std::vector<Reference> references;
  size_t primary = 1;
  bool far_places = false;

  Bytes Meta(size_t data_at) const {
    const size_t id = far_places ? 4 : 2, place = far_places ? 8 : 4;
    Bytes handler, number, list, places, boxes, links, properties, body;
    Put(handler, 0, 8);
    Put(handler, "pict");
    Put(handler, 0, 13);
    Put(number, far_places ? 0x01000000 : 0, 4);
    Put(number, primary, id);
    Put(list, far_places ? 0x01000000 : 0, 4);
    Put(list, items.size(), far_places ? 4 : 2);
    Put(places, far_places ? 0x02000000 : 0, 4);
    Put(places, far_places ? 0x8800 : 0x4400, 2);
    Put(places, items.size(), id);
    size_t property_count = 0;
    for (const Item& item : items) property_count += item.properties.size();
    const bool wide = far_places || property_count > 127;
    Put(links, (far_places ? 0x01000000U : 0U) | (wide ? 1U : 0U), 4);
    Put(links, items.size(), 4);
    size_t property = 0;
    for (size_t i = 0; i < items.size(); ++i) {
      Bytes entry;
      Put(entry, far_places ? 0x03000000 : 0x02000000, 4);
      Put(entry, i + 1, id);
      Put(entry, 0, 2);
      Put(entry, items[i].type);
      Put(entry, 0, 1);
      Put(list, Box("infe", entry));
      Put(places, i + 1, id);
      if (far_places) Put(places, 0, 2);
      Put(places, 0, 2);
      Put(places, 1, 2);
      Put(places, data_at, place);
      Put(places, items[i].data.size(), place);
      data_at += items[i].data.size();
      Put(links, i + 1, id);
      Put(links, items[i].properties.size(), 1);
      for (const Bytes& box : items[i].properties) {
        Put(boxes, box);
        ++property;
        Put(links, (wide ? 0x8000U : 0x80U) | property, wide ? 2 : 1);
      }
    }
    Bytes all_references;
    Put(all_references, far_places ? 0x01000000 : 0, 4);
    for (const Reference& reference : references) {
      Bytes one;
      Put(one, reference.from, id);
      Put(one, reference.to.size(), 2);
      for (const size_t to : reference.to) Put(one, to, id);
      Put(all_references, Box(reference.type, one));
    }
    Put(properties, Box("ipco", boxes));
    Put(properties, Box("ipma", links));
    Put(body, 0, 4);
    Put(body, Box("hdlr", handler));
    Put(body, Box("pitm", number));
    Put(body, Box("iinf", list));
    if (!references.empty()) Put(body, Box("iref", all_references));
    Put(body, Box("iprp", properties));
    Put(body, Box("iloc", places));
    return Box("meta", body);
  }

  Bytes File() const {
    Bytes brands, data, out;
    Put(brands, "heic");
    Put(brands, 0, 4);
    Put(brands, "mif1heic");
    Put(out, Box("ftyp", brands));
    for (const Item& item : items) Put(data, item.data);
    Put(out, Meta(out.size() + Meta(0).size() + 8));
    Put(out, Box("mdat", data));
    return out;
  }
};

Item ItemOf(const drawing::Picture& picture, uint32_t left, uint32_t top, uint32_t width, uint32_t height,
            const HeicForm& form, const std::string& samples) {
  Coded coded = Pack(Encode(picture, left, top, width, height, form, samples), form, samples);
  Item out{.type = "hvc1", .properties = {}, .data = std::move(coded.data)};
  out.properties.push_back(Box("hvcC", coded.configuration));
  out.properties.push_back(SizeBox(width, height));
  if (form.in_file) out.properties.push_back(ColoursBox(*form.in_file));
  return out;
}

}  // namespace

Bytes ComposeHeic(const drawing::Picture& picture, const HeicForm& form) {
  Layout layout;
  layout.far_places = form.far_places;
  if (form.tile_width == 0) {
    layout.items.push_back(ItemOf(picture, 0, 0, picture.width, picture.height, form, form.samples));
  } else {
    const uint32_t columns = (picture.width + form.tile_width - 1) / form.tile_width;
    const uint32_t rows = (picture.height + form.tile_height - 1) / form.tile_height;
    Item grid{.type = "grid", .properties = {SizeBox(picture.width, picture.height)}, .data = {}};
    Put(grid.data, 0, 2);
    Put(grid.data, rows - 1, 1);
    Put(grid.data, columns - 1, 1);
    Put(grid.data, picture.width, 2);
    Put(grid.data, picture.height, 2);
    Reference made_of{.type = "dimg", .from = size_t{rows} * columns + 1, .to = {}};
    for (uint32_t row = 0; row < rows; ++row) {
      for (uint32_t column = 0; column < columns; ++column) {
        layout.items.push_back(ItemOf(picture, column * form.tile_width, row * form.tile_height, form.tile_width,
                                      form.tile_height, form, form.samples));
        made_of.to.push_back(layout.items.size());
      }
    }
    layout.items.push_back(std::move(grid));
    layout.references.push_back(std::move(made_of));
    layout.primary = layout.items.size();
  }
  for (const auto& [type, body] : form.turns) layout.items.back().properties.push_back(Box(type, body));
  if (form.alpha) {
    Item alpha = ItemOf(picture, 0, 0, picture.width, picture.height, form, "gray");
    Bytes kind;
    Put(kind, 0, 4);
    Put(kind, "urn:mpeg:hevc:2015:auxid:1");
    Put(kind, 0, 1);
    alpha.properties.push_back(Box("auxC", kind));
    layout.items.push_back(std::move(alpha));
    layout.references.push_back({.type = "auxl", .from = layout.items.size(), .to = {layout.primary}});
  }
  return layout.File();
}

Bytes ClapOf(uint32_t width, uint32_t height, int32_t right, int32_t down) {
  Bytes out;
  Put(out, width, 4);
  Put(out, 1, 4);
  Put(out, height, 4);
  Put(out, 1, 4);
  Put(out, static_cast<uint32_t>(right), 4);
  Put(out, 2, 4);
  Put(out, static_cast<uint32_t>(down), 4);
  Put(out, 2, 4);
  return out;
}

}  // namespace crossguard::examine::testing
