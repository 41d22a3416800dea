"""示例库的文字。"""

from __future__ import annotations

ALT = "场景"
PANEL = {
    "open": "示例",
    "title": "带问题的场景",
    "close": "关闭",
    "loading": "正在绘制场景……",
    "failed": "现在无法绘制示例，请再试一次。",
}
UNKNOWN = "没有示例 {got}；共有 {count} 个，从 0 开始编号。"
