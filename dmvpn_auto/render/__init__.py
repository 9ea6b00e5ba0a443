"""Design -> config: the IOS text of each router, from the design only (Jinja2)."""

from dmvpn_auto.render.render import Renderer, Reveal, placeholder, render

__all__ = ["Renderer", "Reveal", "placeholder", "render"]
