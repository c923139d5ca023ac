# Turns each NAME.html of the folder given into NAME.pdf. Run as one process for all packages of a run. The pages are our own,
# escaped and self-contained: whatever they would fetch is refused. The same page gives the same bytes (SOURCE_DATE_EPOCH is
# set by the caller).
import glob, hashlib, os, sys

try:
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
except ImportError:
    sys.exit(77)


def refuse(url, *args, **kwargs):
    raise ValueError("nothing is fetched")


fonts = FontConfiguration()
for page in sorted(glob.glob(os.path.join(glob.escape(sys.argv[1]), "*.html"))):
    with open(page, encoding="utf-8") as source:
        text = source.read()
    target = page[:-5] + ".pdf"
    document = weasyprint.HTML(string=text, base_url=None, url_fetcher=refuse).render(font_config=fonts)
    document.write_pdf(target, identifier=hashlib.sha256(text.encode()).hexdigest()[:32].encode())
