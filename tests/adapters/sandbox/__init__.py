"""The sandbox, asked over real HTTP as a studio's client would."""
