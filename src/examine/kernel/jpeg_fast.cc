#include "examine/kernel/jpeg_fast.h"

#include <memory>

namespace crossguard::examine {
namespace {

constexpr uint8_t kEndOfImage = 0xD9;

std::optional<SampledPicture> DecodeBaseline(ByteView bytes, const JpegMarkers& markers, const JpegHot& hot) {
  const JpegFrame& frame = markers.frame();
  const JpegScan& header = markers.scan();
  if (header.components != frame.components) return std::nullopt;
  if (header.first != 0 || header.last != 63 || header.high != 0 || header.low != 0) return std::nullopt;
  const auto scan = std::make_unique<JpegBaselineScan>();
  for (size_t i = 0; i < header.components; ++i) {
    JpegBaselineScan::Tables& tables = scan->tables[i];
    tables.dc = TableOf(markers.dc(header.dc[i]), JpegSymbols::kDc);
    tables.ac = TableOf(markers.ac(header.ac[i]), JpegSymbols::kAc);
    if (tables.dc == nullptr || tables.ac == nullptr) return std::nullopt;
  }
  JpegRows rows(frame);
  EntropyWindow window(bytes);
  scan->rows = &rows;
  scan->window = &window;
  scan->restart_interval = scan->restart_left = markers.restart_interval();
  window.Begin(markers.data_at(), scan->reader);
  for (uint32_t mcu_row = 0; mcu_row < rows.mcus_high(); ++mcu_row) {
    if (!hot.decode_row(*scan, mcu_row)) return std::nullopt;
    rows.EndMcuRow(mcu_row, hot.emit_row);
  }
  if (!window.AtEnd(scan->reader) || window.marker() != kEndOfImage) return std::nullopt;
  return rows.TakePicture();
}

}  // namespace

std::optional<Decoded> DecodeJpegFast(ByteView bytes, const Limits& limits, bool wide) {
  JpegMarkers markers(bytes);
  if (markers.First() != JpegMarkers::Found::kScan) return std::nullopt;
  const JpegFrame& frame = markers.frame();
  if (uint64_t{frame.width} * frame.height > limits.pixels_max) return std::nullopt;
  if (uint64_t{frame.width} * 64 > limits.decode_bytes_max) return std::nullopt;
  const JpegHot& hot = PickJpegHot(wide);
  std::optional<SampledPicture> picture =
      frame.progressive ? DecodeProgressiveJpeg(bytes, markers, limits, hot) : DecodeBaseline(bytes, markers, hot);
  if (!picture) return std::nullopt;
  return Decoded{.state = State::kExamined,
                 .reason = Reason::kNone,
                 .width = frame.width,
                 .height = frame.height,
                 .frames = 1,
                 .picture = std::move(picture)};
}

}  // namespace crossguard::examine
