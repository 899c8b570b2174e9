"""The order in which the site offers its pages: Doxygen's own layout with another list of tabs, which the tree beside each
page follows too."""
import re
from xml.sax.saxutils import quoteattr

GUIDES = [("md_docs_architecture", "Architecture"), ("md_docs_notebooks", "Notebooks"), ("md_docs_cpp_you_need", "The C++ you need"), ("md_docs_device", "Training on a CUDA device"),
          ("md_docs_emulator", "The CUDA emulator"), ("md_docs_microscope", "The microscope"), ("benchmarks", "Benchmarks"),
          ("md_docs_glossary", "Glossary")]
COURSES = [("md_docs_instructors", "For instructors"), ("md_docs_labs", "How to write a lab")]
PROJECT = [("md_CONTRIBUTING", "Contributing, adding an op"), ("md_CHANGELOG", "What changed")]
REFERENCE = """    <tab type="usergroup" url="namespacecadena.html" title="Reference">
      <tab type="classes" visible="yes" title="Classes"><tab type="classlist" visible="yes" title="By namespace"/>
      <tab type="hierarchy" visible="yes" title="Hierarchy"/></tab>
      <tab type="namespaces" visible="yes" title="Namespaces"><tab type="namespacelist" visible="yes" title="List"/>
      <tab type="namespacemembers" visible="yes" title="Functions by name"/></tab>
      <tab type="concepts" visible="yes" title="Concepts"/>
      <tab type="files" visible="yes" title="Headers"><tab type="filelist" visible="yes" title="Headers"/></tab>
    </tab>"""


def tab(page, title):
    return f'<tab type="user" url={quoteattr(page + ".html")} title={quoteattr(title)}/>'


def group(title, page, pages):
    inner = "\n".join("      " + tab(*entry) for entry in pages)
    return f'    <tab type="usergroup" url={quoteattr(page + ".html")} title={quoteattr(title)}>\n{inner}\n    </tab>'


def layout(default, chapters):
    """Doxygen's layout `default` with our tabs; `chapters` is [(page, title)]."""
    tabs = ["  <navindex>", "    " + tab("md_docs_getting_started", "Getting started"), group("Chapters", "chapters", chapters),
            "    " + tab("ops", "Ops"), group("Guides", GUIDES[0][0], GUIDES), group("Courses", COURSES[0][0], COURSES), REFERENCE,
            group("Project", PROJECT[0][0], PROJECT), "  </navindex>"]
    return re.sub(r"  <navindex>.*</navindex>", lambda _: "\n".join(tabs), default, flags=re.S)


def titled(page_text):
    """The number and title of a chapter's page, short enough for the tree: "4. Adam"."""
    return page_text.split("\n", 1)[0].lstrip("# ").replace("the singular value decomposition", "the SVD").removesuffix(" step by step")
