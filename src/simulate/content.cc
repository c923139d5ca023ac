#include "simulate/content.h"

#include <algorithm>
#include <array>

#include "drawing/drawing.h"

namespace crossguard::simulate {
namespace {

using drawing::Picture;

uint32_t Times(uint32_t side, double factor) {
  return std::max<uint32_t>(32, static_cast<uint32_t>(side * factor));
}

Picture CropBorder(const Picture& picture, double left, double top, double keep) {
  const auto part = [](uint32_t side, double factor) { return static_cast<uint32_t>(side * factor); };
  return drawing::Crop(picture, part(picture.width, left), part(picture.height, top),
                       std::max(1U, part(picture.width, keep)), std::max(1U, part(picture.height, keep)));
}

Picture Edited(const Picture& picture, const PlannedContent& content, SeededRandom& random) {
  switch (content.edit) {
    case Edit::kOriginal:
    case Edit::kReencode:
    case Edit::kClip:
    case Edit::kClipBetween:
    case Edit::kFewerFrames:
    case Edit::kStill:
      return picture;
    case Edit::kResize: {
      const double factor = 0.35 + 0.8 * random.Unit();
      return drawing::Resize(picture, Times(picture.width, factor), Times(picture.height, factor));
    }
    case Edit::kMildCrop:
      return CropBorder(picture, 0.008, 0.008, 0.984);
    case Edit::kMildColour:
      return drawing::Recolour(picture, {.brightness = 0.12 * random.Unit() - 0.06,
                                         .contrast = 0.85 + 0.3 * random.Unit(),
                                         .saturation = 0.4 + random.Unit()});
    case Edit::kNoise:
      return drawing::AddNoise(picture, content.variant, 6 + static_cast<int>(random.Below(10)));
    case Edit::kHardCrop:
      return CropBorder(picture, 0.3 * random.Unit(), 0.3 * random.Unit(), 0.65);
    case Edit::kMirror:
      return drawing::Mirror(picture);
    case Edit::kCaption:
      return drawing::Caption(picture, "SAMPLE " + std::to_string(content.variant % 1000), content.variant);
    case Edit::kHardColour:
      return drawing::Recolour(picture, {.brightness = 0.45, .contrast = 2.4, .saturation = 0});
  }
  return picture;
}

Bytes Exif(const PlannedContent& content) {
  if (content.camera == 0) return {};
  SeededRandom random(Mix(content.base, 3));
  SeededRandom body(content.camera);
  const auto two = [&](uint64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  drawing::ExifForm form{.big_endian = random.Chance(0.3), .make = body.Chance(0.5) ? "Kauri Optics" : "Birch Imaging"};
  form.model = "K-" + std::to_string(100 + body.Below(40));
  form.serial = "SN" + std::to_string(content.camera);
  form.taken_at = "20" + std::to_string(19 + random.Below(3)) + ":" + two(1 + random.Below(12)) + ":" +
                  two(1 + random.Below(28)) + " " + two(random.Below(24)) + ":" + two(random.Below(60)) + ":00";
  if (random.Chance(0.4)) form.utc_offset = "+12:00";
  form.orientation = random.Chance(0.2) ? 6 : 1;
  return drawing::MakeExif(form);
}

Bytes Encoded(const Picture& picture, const PlannedContent& content) {
  switch (content.form) {
    case Form::kJpeg:
    case Form::kProgressiveJpeg:
    case Form::kGreyJpeg:
      return drawing::EncodeJpeg(picture, {.quality = content.quality,
                                           .progressive = content.form == Form::kProgressiveJpeg,
                                           .components = content.form == Form::kGreyJpeg ? 1 : 3,
                                           .exif = Exif(content)});
    case Form::kPng:
      return drawing::EncodePng(picture);
    case Form::kWebp:
      return drawing::EncodeWebp(picture);
    case Form::kGif: {
      std::vector<Picture> frames{picture};
      if (content.variant % 3 == 0) frames.push_back(drawing::Mirror(picture));
      return drawing::EncodeGif(frames);
    }
    case Form::kVideo:
    case Form::kTarGz:
    case Form::kMail:
    case Form::kPdf:
    case Form::kZip:
    case Form::kOther:
      break;
  }
  return {};
}

// Kinds that are kept, hashed and named, not opened.
Bytes OtherBytes(uint64_t variant) {
  SeededRandom random(variant);
  Bytes out;
  switch (random.Below(3)) {
    case 0: {
      std::string text = "Shopping list\n";
      for (uint64_t i = 0; i < 20 + random.Below(80); ++i)
        text += "item " + std::to_string(random.Below(10'000)) + "\n";
      return ToBytes(text);
    }
    case 1:
      out = ToBytes(std::string_view("%PDF-1.4\n%synthetic, no pages\n"));
      break;
    default:
      out.resize(200);
      break;
  }
  const size_t head = out.size();
  out.resize(head + 2'000 + random.Below(40'000));
  random.Fill(std::span(out).subspan(head));
  return out;
}

Bytes Packed(Form form, std::vector<std::pair<std::string, Bytes>> members) {
  if (form == Form::kMail) return drawing::MakeMail(members);
  if (form == Form::kTarGz) return drawing::MakeTarGz(members);
  if (form == Form::kZip) return drawing::MakeZip(members);
  std::vector<Bytes> jpegs;
  for (auto& [name, bytes] : members) jpegs.push_back(std::move(bytes));
  return drawing::MakePdf(jpegs);
}

void Harm(Bytes& bytes, const PlannedContent& content) {
  SeededRandom random(Mix(content.variant, content.base ^ 9U));
  switch (content.damage) {
    case Damage::kEmpty:
      bytes.clear();
      break;
    case Damage::kTruncated:
      bytes.resize(static_cast<size_t>(static_cast<double>(bytes.size()) * (0.15 + 0.6 * random.Unit())));
      break;
    case Damage::kCorrupt:
      for (int i = 0; i < 40 && bytes.size() > 300; ++i)
        bytes[200 + random.Below(bytes.size() - 200)] = static_cast<uint8_t>(random.Below(256));
      break;
    case Damage::kNone:
    case Damage::kMislabelled:
      break;
  }
}

}  // namespace

bool IsOriginal(const PlannedContent& content) {
  return content.base != 0 && content.edit == Edit::kOriginal && content.camera == 0 &&
         (content.damage == Damage::kNone || content.damage == Damage::kMislabelled);
}

MadeContent ContentMaker::Make(const PlannedContent& content) {
  const bool original = IsOriginal(content);
  if (original) {
    if (const auto found = by_base_.find(content.base); found != by_base_.end()) {
      latest_.splice(latest_.begin(), latest_, found->second);
      return found->second->second;
    }
  }
  MadeContent out;
  if (!PackedIn(content.form).empty()) {
    std::vector<std::pair<std::string, Bytes>> members;
    for (const PlannedContent& member : content.members) {
      MadeContent made = Make(member);
      out.members.push_back({.digests = made.digests, .members = std::move(made.members)});
      members.emplace_back(std::to_string(members.size() + 1) + (member.form == Form::kZip ? ".zip" : ".jpg"),
                           std::move(made.bytes));
    }
    out.bytes = Packed(content.form, std::move(members));
  } else if (content.form == Form::kOther) {
    out.bytes = OtherBytes(content.variant);
  } else if (content.video) {
    out.bytes = drawing::EncodeVideo(content.base, *content.video);
  } else if (content.edit == Edit::kStill) {
    out.bytes =
        Encoded(drawing::DrawVideoFrame(content.base, content.still_millis, content.width, content.height), content);
  } else {
    SeededRandom random(content.variant);
    out.bytes =
        Encoded(Edited(drawing::DrawScene(content.base, content.width, content.height), content, random), content);
  }
  Harm(out.bytes, content);
  out.digests = HashAll(out.bytes);
  if (original && out.bytes.size() < kCacheMaxBytes / 8) {
    cached_bytes_ += out.bytes.size();
    latest_.emplace_front(content.base, out);
    by_base_[content.base] = latest_.begin();
    while (cached_bytes_ > kCacheMaxBytes) {
      cached_bytes_ -= latest_.back().second.bytes.size();
      by_base_.erase(latest_.back().first);
      latest_.pop_back();
    }
  }
  return out;
}

}  // namespace crossguard::simulate
