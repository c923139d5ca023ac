#include "examine/kernel/hevc_plugin.h"

#include <libheif/heif.h>
#include <libheif/heif_plugin.h>

#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>

#include "base/error.h"
#include "examine/kernel/hevc_picture.h"

namespace crossguard::examine {
namespace {

thread_local HevcByLibavcodec* the_one = nullptr;

constexpr int kPriority = 110;  // libde265 has 100
constexpr heif_error kDone{heif_error_Ok, heif_suberror_Unspecified, ""};
constexpr heif_error kRefused{heif_error_Decoder_plugin_error, heif_suberror_Unspecified, "Left to another decoder."};

struct FreeImage {
  void operator()(heif_image* image) const { heif_image_release(image); }
};
using Image = std::unique_ptr<heif_image, FreeImage>;

// Of a value that libheif does not know it keeps "unspecified".
bool TakeColours(const HevcPicture& picture, heif_image* image) {
  heif_color_profile_nclx* const nclx = heif_nclx_color_profile_alloc();
  if (nclx == nullptr) return false;
  heif_nclx_color_profile_set_color_primaries(nclx, picture.primaries);
  heif_nclx_color_profile_set_transfer_characteristics(nclx, picture.transfer);
  heif_nclx_color_profile_set_matrix_coefficients(nclx, picture.matrix);
  nclx->full_range_flag = picture.full_range ? 1 : 0;
  const heif_error error = heif_image_set_nclx_color_profile(image, nclx);
  heif_nclx_color_profile_free(nclx);
  return error.code == heif_error_Ok;
}

Image ToImage(const HevcPicture& picture) {
  constexpr std::array kChannels{heif_channel_Y, heif_channel_Cb, heif_channel_Cr};
  const bool grey = picture.planes == 1;
  const uint32_t halved = picture.plane[1].across + picture.plane[1].down;
  heif_image* raw = nullptr;
  if (heif_image_create(static_cast<int>(picture.width), static_cast<int>(picture.height),
                        grey ? heif_colorspace_monochrome : heif_colorspace_YCbCr,
                        grey          ? heif_chroma_monochrome
                        : halved == 0 ? heif_chroma_444
                        : halved == 1 ? heif_chroma_422
                                      : heif_chroma_420,
                        &raw)
          .code != heif_error_Ok)
    return nullptr;
  Image image(raw);
  for (size_t i = 0; i < picture.planes; ++i) {
    const HevcPlane& plane = picture.plane[i];
    const uint32_t width = (picture.width + plane.across) >> plane.across;
    const uint32_t height = (picture.height + plane.down) >> plane.down;
    if (heif_image_add_plane(image.get(), kChannels[i], static_cast<int>(width), static_cast<int>(height),
                             static_cast<int>(picture.depth))
            .code != heif_error_Ok)
      return nullptr;
    int stride = 0;
    uint8_t* const to = heif_image_get_plane(image.get(), kChannels[i], &stride);
    const size_t row_bytes = size_t{width} * (picture.depth > 8 ? 2 : 1);
    if (to == nullptr || stride < 0 || static_cast<size_t>(stride) < row_bytes) return nullptr;
    for (uint32_t y = 0; y < height; ++y)
      std::memcpy(to + size_t{y} * static_cast<size_t>(stride), plane.Row(y << plane.down), row_bytes);
  }
  if (!TakeColours(picture, image.get())) return nullptr;
  return image;
}

// libheif calls these; nothing may be thrown through it. Without room for a picture there is none, and whoever asked
// finds out by asking once more.
heif_error Refuse() {
  if (the_one != nullptr) the_one->Refuse();
  return kRefused;
}

const char* NameOfPlugin() {
  return "crossguard: HEVC by libavcodec";
}
int SupportsFormat(heif_compression_format format) {
  return format == heif_compression_HEVC && the_one != nullptr ? kPriority : 0;
}
heif_error NewDecoder(void** out) {
  *out = new (std::nothrow) Bytes;  // the units of the picture
  return *out == nullptr ? Refuse() : kDone;
}
void FreeDecoder(void* decoder) {
  delete static_cast<Bytes*>(decoder);
}
heif_error PushData(void* decoder, const void* data, size_t size) {
  try {
    const auto* const from = static_cast<const uint8_t*>(data);
    static_cast<Bytes*>(decoder)->insert(static_cast<Bytes*>(decoder)->end(), from, from + size);
  } catch (const std::bad_alloc&) {
    return Refuse();
  } catch (const std::length_error&) {
    return Refuse();
  }
  return kDone;
}
heif_error DecodeImage(void* decoder, heif_image** out) {
  *out = nullptr;
  if (the_one == nullptr) return Refuse();
  try {
    const auto picture = DecodeHevc(*static_cast<Bytes*>(decoder), the_one->pixels_max());
    if (picture != nullptr && picture->whole) *out = ToImage(*picture).release();
    if (picture != nullptr && !picture->whole) the_one->FindHoles();
  } catch (const std::bad_alloc&) {
  }
  return *out == nullptr ? Refuse() : kDone;
}
void SetStrict(void*, int) {}  // it always is

const heif_decoder_plugin kPlugin{.plugin_api_version = 3,
                                  .get_plugin_name = NameOfPlugin,
                                  .init_plugin = nullptr,
                                  .deinit_plugin = nullptr,
                                  .does_support_format = SupportsFormat,
                                  .new_decoder = NewDecoder,
                                  .free_decoder = FreeDecoder,
                                  .push_data = PushData,
                                  .decode_image = DecodeImage,
                                  .set_strict_decoding = SetStrict,
                                  .id_name = "crossguard-libavcodec"};

bool Register() {
  return heif_register_decoder_plugin(&kPlugin).code == heif_error_Ok;
}

}  // namespace

HevcByLibavcodec::HevcByLibavcodec(uint64_t pixels_max) : pixels_max_(pixels_max) {
  static const bool registered = Register();
  CHECK(the_one == nullptr);
  if (registered) the_one = this;
}

HevcByLibavcodec::~HevcByLibavcodec() {
  the_one = nullptr;
}

}  // namespace crossguard::examine
