"""The words of the Train page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from viz.words.common import is_yours, percent
from viz.words.zh.engine import family

GONE = (
    "这个训练好的模型已不再保留：每位访客只保留最近 {each} 个，全部访客共保留最近 {most} 个。"
    "请另选一个融合模型，或重新训练。"
)


def shown_name(fusion: str) -> str:
    """A fusion's name as the page shows it; a visitor's own has a secret part.

    >>> shown_name("hybrid-dot"), shown_name("yours-1f3a")
    ('hybrid-dot', '我的')
    """
    return "我的" if is_yours(fusion) else fusion


TAB = "训练"
INTRO = (
    "从全新的权重开始，亲手训练一个融合模型，看它怎样学习。图像编码器和文本编码器保持不变；"
    "训练用的场景是所有自带模型都没见过的。"
)
FUSION, FAMILIES = "融合方式", "问题类型"
FUSION_HINT = "每次都从全新的权重开始"
SCENES, SCENES_HINT = "场景数", "每个场景 {questions} 个问题"
EPOCHS, EPOCHS_HINT = "轮数", "每个问题学习几遍"
MASK_RATE, MASK_RATE_HINT = "遮蔽率", "学习时失去图像、文字或两者的问题所占比例"
START, STOP, LEAVE, ASK = "开始训练", "停止", "离开队伍", "向这个模型提问"
NUMBERS = "曲线背后的数字"
PHASES: Mapping[str, str] = {
    "draw": "绘制场景",
    "images": "编码图像",
    "questions": "编码问题",
    "train": "学习",
    "validate": "为曲线提问",
}
IDLE = "选好之后，按“开始训练”。"
STARTING = "正在开始……"
LEFT = "你已离开队伍。"
FAILED = "没有成功。请改变选择后重新训练。"
ENDINGS: Mapping[str, str] = {"finished": "完成", "stopped": "已停止", "time": "时间到"}
SPENT = "时间花在哪里"
NOTHING = "还没有学到任何东西，因此没有可以提问的模型。"
EMPTY = "还没有数据点"
NO_MODEL = "没有可以提问的、属于你的模型：还没有训练过，或者已不再保留。"
WATCH_TITLE = "看什么"
WATCH = (
    ("蓝线与点线", "点线是不看图时最好的猜测。蓝线高出它的部分，是看出来的。"),
    ("橙线", "隐藏图像时，新问题的曲线停在点线附近：无论训练多久，只凭文字就只能知道这么多。"),
    (
        "虚线与实线",
        (
            "学习过的问题（虚线）高出新问题（实线）的部分，是背下来的。增加场景会缩小差距，"
            "增加轮数会扩大差距。"
        ),
    ),
    ("试一试", "先用遮蔽率 0，再用 0.3：橙线怎样变化，蓝线又怎样？"),
)

LOSS, ACCURACY = "损失", "答对率（%）"
AXIS = "轮"
SERIES: Mapping[str, str] = {
    "validation": "新问题",
    "train": "学习过的问题",
    "validation-blind": "新问题，隐藏图像",
    "train-blind": "学习过的问题，隐藏图像",
    "prior": "不看图的最好猜测",
}
COLUMNS = (
    "轮",
    "损失，学习过的",
    "损失，新问题",
    "答对，学习过的",
    "答对，学习过的，隐藏图像",
    "答对，新问题",
    "答对，新问题，隐藏图像",
)


def limits(most: Mapping[str, float], seconds: float, kept: int, waiting: int) -> str:
    return (
        "按现在的设置，单核约一分钟就能学会大部分关于颜色、形状和大小的问题；“有没有”学得慢一些。"
        f"长时间训练能达到什么程度，见“结果”页。最多 {most['scenes']:.0f} 个场景、"
        f"{most['epochs']:.0f} 轮、{seconds:.0f} 秒；时间到了就保留已学到的。"
        f"同一时间只有一次训练，最多 {waiting} 人排队。"
        f"页面打开期间保留你最近的 {kept} 个模型，只供你使用。同样的选择得到同样的模型。"
    )


def waiting(ahead: int, each: float) -> str:
    most = seconds(ahead * each)
    return f"排队中：前面还有 {ahead} 次训练，最多 {most}。轮到时自动开始。"


def full(waiting: int) -> str:
    return f"已有 {waiting} 人在排队；请过几分钟再试。"


def seconds(value: float) -> str:
    return f"{value:.1f}\u00a0秒" if value < 10 else f"{value:.0f}\u00a0秒"


def status(phase: str, epoch: float, epochs: int, left: float | None) -> str:
    if phase != "train":
        return f"正在{PHASES[phase]}"
    text = f"学习中：第 {min(int(epoch) + 1, epochs)} 轮，共 {epochs} 轮"
    return text if left is None else f"{text}，还需约 {seconds(left)}"


def ended(ending: str, epoch: float, epochs: int, took: float) -> str:
    return f"{ENDINGS[ending]}：{epochs} 轮中的 {epoch:.3g} 轮，用时 {seconds(took)}。"


def amount(scenes: int, questions: int, new_scenes: int, new_questions: int) -> str:
    return (
        f"从 {scenes:,} 个场景的 {questions:,} 个问题学习；"
        f"用 {new_scenes:,} 个新场景的 {new_questions:,} 个新问题检验。"
    )


def numbers(seen: str, blind: str, prior: str) -> str:
    return f"新问题答对 {seen}，隐藏图像时答对 {blind}；不看图的最好猜测答对 {prior}。"


BLIND = "它还没有学会看图：多几轮、多些场景，或换一种融合？"
BEGINS = "它开始看图了：更多轮数或更多场景会有帮助。"
LOST = "它学会了看图，但什么都看不到时就不知所措：用更高的遮蔽率训练，能教它怎样猜。"
SEES = "它学会了看图。"


def by_heart(known: str) -> str:
    return f"学习过的问题答对 {known}：其中有一部分是背下来的。"


def of_asked(count: int, prior: str) -> str:
    return f"共 {count} 题，猜测 {prior}"


def description(name: str, values: Sequence[str]) -> str:
    return f"{name}随轮数的变化。{'；'.join(values)}。下面的表格有全部数字。"


def course(name: str, first: str, last: str) -> str:
    return f"{name}：从 {first} 到 {last}"


def own(label: str, mask_rate: float, scenes: int) -> str:
    return f"我的：{label}，遮蔽率 {mask_rate:.2g}，{scenes} 个场景"


def own_facts(accuracy: float, count: int, parameters: int) -> str:
    return f"同类的 {count} 个新问题答对 {percent(accuracy)} · {parameters / 10000:,.0f} 万个参数"


def own_summary(scenes: int, epoch: float, families: Sequence[str]) -> str:
    named = "、".join(map(family, families))
    return f"在本页训练：{scenes} 个场景，{epoch:.3g} 轮，问题类型：{named}。其他问题它从未见过。"
