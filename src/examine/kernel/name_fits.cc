#include <algorithm>
#include <array>
#include <string>

#include "examine/kernel/kind.h"

namespace crossguard::examine {
namespace {

using namespace std::string_view_literals;

// Endings in one line are used for one another's kinds.
struct Group {
  std::string_view endings;  // each between blanks
  std::string_view types;    // each between blanks
};
constexpr std::array kGroups{
    Group{" jpg jpeg jpe jfif ", " image/jpeg "},
    Group{" png ", " image/png "},
    Group{" gif ", " image/gif "},
    Group{" webp ", " image/webp "},
    Group{" bmp dib ", " image/bmp "},
    Group{" tif tiff cr2 nef nrw arw dng pef srw ",
          " image/tiff image/x-canon-cr2 image/x-nikon-nef image/x-sony-arw image/x-adobe-dng "},
    Group{" heic heif hif avif ", " image/heic image/avif "},
    Group{" jxl ", " image/jxl "},
    Group{" jp2 j2k jpf jpx ", " image/jp2 "},
    Group{" psd ", " image/vnd.adobe.photoshop "},
    Group{" ico ", " image/vnd.microsoft.icon "},
    Group{" mp4 m4v mov qt 3gp 3g2 m4a ", " video/mp4 video/quicktime video/3gpp audio/mp4 video/mp4v-es "},
    Group{" mkv webm mka mk3d ", " video/x-matroska video/webm "},
    Group{" avi divx ", " video/x-msvideo "},
    Group{" mpg mpeg vob ts m2ts mts mpe ", " video/mpeg video/mp2t "},
    Group{" flv ", " video/x-flv "},
    Group{" wmv asf wma ", " video/x-ms-asf "},
    Group{" ogg ogv oga ogx ", " application/ogg "},
    Group{" h264 264 avc ", " video/h264 "},
    Group{" h265 265 hevc ", " video/h265 "},
    Group{" mxf ", " application/mxf "},
    Group{" dv dif ", " video/dv "},
    Group{" ivf ", " video/x-ivf "},
    Group{" rm rmvb ", " application/vnd.rn-realmedia "},
    Group{" m4s ", " video/mp4 "},
    Group{" swf ", " application/vnd.adobe.flash.movie "},
    Group{" nut gxf wtv y4m dav nsv nuv pva ty ivr kux viv amv mj2 obu drc vc1 rcv flc fli smk bik roq cpk vqa mve ",
          " video/x-other "},
    Group{" mp3 ", " audio/mpeg "},
    Group{" wav ", " audio/wav "},
    Group{" flac ", " audio/flac "},
    Group{" pdf ", " application/pdf "},
    Group{" zip docx xlsx pptx docm xlsm pptm odt ods odp epub apk jar cbz ",
          " application/zip application/vnd.openxmlformats-officedocument.wordprocessingml.document "
          "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet "
          "application/vnd.openxmlformats-officedocument.presentationml.presentation "
          "application/vnd.oasis.opendocument.text application/vnd.oasis.opendocument.spreadsheet "
          "application/vnd.oasis.opendocument.presentation "},
    Group{" 7z cb7 ", " application/x-7z-compressed "},
    Group{" rar cbr ", " application/vnd.rar "},
    Group{" tar ", " application/x-tar "},
    Group{" gz tgz ", " application/gzip "},
    Group{" bz2 tbz tbz2 ", " application/x-bzip2 "},
    Group{" xz txz ", " application/x-xz "},
    Group{" zst tzst ", " application/zstd "},
    Group{" iso ", " application/x-iso9660-image "},
    Group{" cpio ", " application/x-cpio "},
    Group{" deb udeb ar ", " application/x-archive "},
    Group{" cab ", " application/vnd.ms-cab-compressed "},
    Group{" lha lzh ", " application/x-lzh-compressed "},
    Group{" xar pkg ", " application/x-xar "},
    Group{" z taz ", " application/x-compress "},
    Group{" lz4 ", " application/x-lz4 "},
    Group{" lzma tlz lz ", " application/x-lzma application/x-lzip "},
    Group{" doc xls ppt msg ", " application/x-ole-storage "},
    Group{" exe dll scr ", " application/vnd.microsoft.portable-executable "},
};

bool Holds(std::string_view words, std::string_view word) {
  return words.find(" " + std::string(word) + " ") != std::string_view::npos;
}

}  // namespace

bool NameFits(std::string_view name, std::string_view mime_type) {
  name = name.substr(std::min(name.find_last_of("/\\") + 1, name.size()));
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || name.size() - dot > 6 || mime_type.empty()) return true;
  std::string ending(name.substr(dot + 1));
  for (char& c : ending) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const auto* const group = std::ranges::find_if(kGroups, [&](const Group& one) { return Holds(one.endings, ending); });
  return group == kGroups.end() || Holds(group->types, mime_type);
}

}  // namespace crossguard::examine
